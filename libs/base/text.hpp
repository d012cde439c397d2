// What the standard library has no word for. ASCII only.
#pragma once

#include <string_view>

namespace gatehouse {

// `text` without blanks, tabs and line ends at its ends; borrowed from it.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace gatehouse
