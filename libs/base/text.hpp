// What the standard library has no word for. ASCII only.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace gatehouse {

// A-Z to a-z; every other byte as it is, whatever the locale.
[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

inline constexpr std::string_view kLettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// A set of ASCII characters as a table: one load tells whether a character is one of them.
class Characters {
public:
    consteval Characters(std::string_view some, std::string_view others) {
        for (const char c : some) table_[static_cast<unsigned char>(c)] = true;
        for (const char c : others) table_[static_cast<unsigned char>(c)] = true;
    }
    [[nodiscard]] constexpr bool operator()(char c) const noexcept { return table_[static_cast<unsigned char>(c)]; }
    // Of nothing else; true if it is empty.
    [[nodiscard]] constexpr bool are_all_of(std::string_view text) const noexcept {
        return std::ranges::all_of(text, [this](char c) { return (*this)(c); });
    }

private:
    std::array<bool, 256> table_{};
};

// Space, \t \n \v \f \r.
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// `text` without blanks at its ends; borrowed from it.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// Cuts the first item off `list` and returns it, trimmed; borrowed. While `list` is not empty there is one more, which
// may be empty itself; a separator at the end adds none.
[[nodiscard]] constexpr std::string_view take_item(std::string_view& list, char separator = ',') noexcept {
    const auto end = std::min(list.find(separator), list.size());
    const auto item = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return item;
}

// The number that is all of `text`, in decimal; empty if it is anything else or out of N's range. A sign only for
// signed N, and only '-'.
template <std::integral N>
[[nodiscard]] constexpr std::optional<N> parse_number(std::string_view text) noexcept {
    N number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace gatehouse
