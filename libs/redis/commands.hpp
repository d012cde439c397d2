// Commands in Redis' wire format, one or many in one buffer. Binary-safe: words are never parsed or printed.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::redis {

class Commands {
public:
    Commands() = default;
    // A buffer of one command.
    explicit Commands(std::initializer_list<std::string_view> words) { add(words); }
    explicit Commands(std::span<const std::string_view> words) { add(words); }

    // Appends a command: its name and arguments, at least one word. Copies them.
    void add(std::initializer_list<std::string_view> words) { add(std::span(words.begin(), words.size())); }
    void add(std::span<const std::string_view> words);

    // The same word by word: `words` of them must follow, of about `bytes` bytes together with their lengths.
    void begin(std::size_t words, std::size_t bytes);
    void word(std::string_view text);

    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept;  // as sent; borrowed from this object

    // Overwrites the bytes: they hold a password.
    void wipe_bytes() noexcept;

private:
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

}  // namespace gatehouse::redis
