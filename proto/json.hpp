// Writing and reading the JSON of the internal messages.
//
// The writer appends text; the reader keeps the first mistake, so that a message's from_json is a list of its members.
// Public request bodies are read by libs/web/json_reader.hpp, which is stricter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/put_text.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace gatehouse::proto {

// Members and elements in the order of the calls; the caller balances begin and end. Names are literals, written as
// they are: their lengths are known when this is compiled, and a check's two messages have twelve of them for each
// session. What it grows out of is wiped: passwords and tokens travel in these messages.
class JsonWriter {
public:
    explicit JsonWriter(std::size_t expected_bytes = 256) : out_(expected_bytes, '\0') { go_on_at(0); }
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    void begin_object() { open('{'); }
    template <std::size_t size>
    void begin_object(const char (&name)[size]) {
        key(name), open_value('{');
    }
    void end_object() { close('}'); }
    template <std::size_t size>
    void begin_array(const char (&name)[size]) {
        key(name), open_value('[');
    }
    void end_array() { close(']'); }

    template <std::size_t size>
    void text(const char (&name)[size], std::string_view value) {
        key(name), quoted(value);
    }
    template <std::size_t size>
    void number(const char (&name)[size], std::int64_t value) {
        key(name), decimal(value);
    }
    template <std::size_t size>
    void flag(const char (&name)[size], bool value) {
        key(name), put(value ? "true" : "false");
    }
    void element(std::string_view value) { comma(), quoted(value); }  // a string of an array

    [[nodiscard]] std::string take() && {
        out_.resize(used());
        return std::move(out_);
    }

private:
    [[nodiscard]] std::size_t used() const noexcept { return static_cast<std::size_t>(at_ - out_.data()); }
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    void go_on_at(std::size_t used) noexcept {
        at_ = out_.data() + used;
        end_ = out_.data() + out_.size();
    }
    void room(std::size_t bytes) {
        if (left() < bytes) [[unlikely]] {
            grow(bytes);
        }
    }
    void grow(std::size_t bytes);
    void put(std::string_view text) {
        room(text.size());
        at_ = put_text(at_, text);
    }
    void put(char c) { room(1), *at_++ = c; }

    template <std::size_t size>
    void key(const char (&name)[size]) {
        room(size + 3);
        char* at = at_;
        *at = ',';
        if (!first_) ++at;
        *at++ = '"';
        at = put_text(at, {name, size - 1});
        at_ = put_text(at, "\":");
        first_ = false;
    }
    void quoted(std::string_view text);
    void decimal(std::int64_t value);
    void comma() {
        if (!first_) put(',');
        first_ = false;
    }
    void open(char bracket) { comma(), open_value(bracket); }
    void open_value(char bracket) { put(bracket), first_ = true; }
    void close(char bracket) { put(bracket), first_ = false; }

    std::string out_;  // written up to at_
    char* at_ = nullptr;
    char* end_ = nullptr;
    bool first_ = true;
};

class JsonReader;

// One object of the document, borrowed from its reader. A member that is missing, null or of another type is a mistake
// of the whole document, and reads as empty, 0 or false. With a fallback, missing and null read as that.
class JsonObjectView {
public:
    [[nodiscard]] bool has(std::string_view name) const noexcept;  // there and not null
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const;
    [[nodiscard]] Secret secret(std::string_view name) const;
    [[nodiscard]] std::int64_t number(std::string_view name) const;
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t fallback) const;
    [[nodiscard]] unsigned count(std::string_view name) const;  // a number that fits; else a mistake
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name, bool fallback) const;
    [[nodiscard]] JsonObjectView object(std::string_view name) const;
    // Elements of an array; more than `most` is a mistake. Missing and null read as no elements.
    [[nodiscard]] std::vector<JsonObjectView> objects(std::string_view name, std::size_t most) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::size_t most) const;
    [[nodiscard]] std::vector<Secret> secrets(std::string_view name, std::size_t most) const;

private:
    friend class JsonReader;
    JsonObjectView(JsonReader& reader, const void* object) noexcept : reader_(&reader), object_(object) {}
    JsonReader* reader_;
    const void* object_;  // boost::json::object; null after a mistake
};

// Parses a whole document, which must be one object. All of its memory is wiped when the reader goes: passwords and
// tokens travel in these messages.
class JsonReader {
public:
    // `code`: what a mistake is reported as: invalid_input for requests, protocol for answers.
    JsonReader(std::string_view text, Errc code);
    ~JsonReader();
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;

    [[nodiscard]] JsonObjectView root();

    // Records a mistake that only the message can see. The text of what was sent is never part of it.
    void wrong(std::string_view member, std::string_view what,
               std::source_location where = std::source_location::current());

    // `value`, or the first mistake.
    template <class T>
    [[nodiscard]] Result<T> finish(T value) {
        if (failed_) return std::unexpected(std::move(mistake_));
        return value;
    }

private:
    struct Document;
    std::unique_ptr<Document> document_;
    const Errc code_;
    bool failed_ = false;
    Error mistake_;
};

}  // namespace gatehouse::proto
