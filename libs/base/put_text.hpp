// Text put together in memory that is known to be large enough: what is written at every request is copied once.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace gatehouse {

inline constexpr std::size_t kMostDigits = 20;  // of a 64-bit number in decimal, with its sign

// Writes `text` at `to`, which has room for it; returns the end. An empty text may be anywhere, null included.
inline char* put_text(char* to, std::string_view text) noexcept { return to + text.copy(to, text.size()); }

// In decimal, at most kMostDigits.
inline char* put_number(char* to, std::integral auto number) noexcept {
    return std::to_chars(to, to + kMostDigits, number).ptr;
}

}  // namespace gatehouse
