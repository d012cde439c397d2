// JSON as JsonWriter and most others write it: members in their order, no escapes, no blanks but one behind ',' and ':'
// (as Python's json.dumps has them). Whoever reads a message of the hot path tries this first and asks JsonReader when
// it declines: a check's two messages cost 9 000 instructions through a document, a tenth so. Whatever it takes,
// JsonReader takes too and reads alike (introspect_plain_test).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::proto {

// Goes through a text once. Each step is made whole, or declined with false: then the place is the same as before, and
// something else may be tried. Borrows the text.
class PlainJson {
public:
    explicit PlainJson(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

    // `literal`, punctuation included, stands here; a blank may follow if it ends with ',' or ':'. (Of a length known
    // when compiled: some ten instructions.)
    template <std::size_t size>
    [[nodiscard]] bool skip(const char (&literal)[size]) noexcept {
        constexpr std::size_t length = size - 1;
        if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, literal, length) != 0) return false;
        at_ += length;
        const bool may_be_followed = literal[length - 1] == ',' || literal[length - 1] == ':';
        if (may_be_followed && at_ != end_ && *at_ == ' ') ++at_;
        return true;
    }

    // A comma and `name`, with its quotes and colon.
    template <std::size_t size>
    [[nodiscard]] bool skip_to(const char (&name)[size]) noexcept {
        const char* const before = at_;
        if (skip(",") && skip(name)) return true;
        at_ = before;
        return false;
    }

    // What a string says that stands here: valid UTF-8 (RFC 3629) without control characters; one with an escape is
    // declined.
    [[nodiscard]] bool text(std::string_view& into) noexcept;

    // At most 18 digits, without a sign and without a zero in front.
    [[nodiscard]] bool number(std::int64_t& into) noexcept;

    [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

private:
    const char* at_;
    const char* end_;
};

}  // namespace gatehouse::proto
