// Decimal numbers at the front of a text, eight digits at once: a session's record has nine numbers, and the messages
// of a check have four, most of them times.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gatehouse {

inline constexpr std::size_t kDigitsTaken = 18;  // any number of so many fits into 64 bits, with or without a sign

namespace detail {

// Of eight characters, the first in the lowest byte (D. Lemire, "Quickly parsing eight digits", 2018).
[[nodiscard]] constexpr bool are_digits(std::uint64_t eight) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    // '0' to '9' are 0x30 to 0x39: the upper half is 3, and is still 3 with 6 added.
    return ((eight & (each * 0xF0)) | (((eight + each * 6) & (each * 0xF0)) >> 4)) == each * 0x33;
}
[[nodiscard]] constexpr std::uint64_t number_of(std::uint64_t eight) noexcept {
    constexpr std::uint64_t pair = 0x000000FF000000FF;
    eight -= 0x3030303030303030;
    eight = eight * 10 + (eight >> 8);  // two digits in each second byte
    return (((eight & pair) * (100 + (std::uint64_t{1'000'000} << 32)) +
             ((eight >> 16) & pair) * (1 + (std::uint64_t{10'000} << 32))) >>
            32) &
           0xFFFFFFFF;
}

}  // namespace detail

// The number that [at, end) begins with; `at` moves behind its digits, and stays where it is if there are none. At most
// kDigitsTaken: a longer number's other digits are left there.
[[nodiscard]] inline std::uint64_t take_digits(const char*& at, const char* end) noexcept {
    end = at + std::min(static_cast<std::size_t>(end - at), kDigitsTaken);
    std::uint64_t number = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (std::uint64_t eight = 0; end - at >= 8; at += sizeof eight) {
            std::memcpy(&eight, at, sizeof eight);
            if (!detail::are_digits(eight)) break;
            number = number * 100'000'000 + detail::number_of(eight);
        }
    }
    for (; at != end; ++at) {
        const auto digit = static_cast<unsigned char>(*at - '0');
        if (digit > 9) break;
        number = number * 10 + digit;
    }
    return number;
}

}  // namespace gatehouse
