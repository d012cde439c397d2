// Decimal numbers at the front of a text, eight digits at once: a session's record has nine numbers, and the messages
// of a check have four, most of them times.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gatehouse {

inline constexpr std::size_t kDigitsTaken = 18;  // any number of so many fits into 64 bits, with or without a sign

namespace detail {

// How many of eight characters, the first in the lowest byte, are digits up to the first that is none. `values` are the
// characters without '0': those above 9 reach the highest bit of their byte with 0x76 more, which carries into no
// other.
[[nodiscard]] constexpr std::size_t leading_digits(std::uint64_t values) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    const auto others = (((values & each * 0x7F) + each * 0x76) | values) & each * 0x80;
    return static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

// The number that eight digits' values make (D. Lemire, "Quickly parsing eight digits", 2018).
[[nodiscard]] constexpr std::uint64_t number_of(std::uint64_t values) noexcept {
    constexpr std::uint64_t pair = 0x000000FF000000FF;
    values = values * 10 + (values >> 8);  // two digits in each second byte
    return (((values & pair) * (100 + (std::uint64_t{1'000'000} << 32)) +
             ((values >> 16) & pair) * (1 + (std::uint64_t{10'000} << 32))) >>
            32) &
           0xFFFFFFFF;
}

inline constexpr std::array<std::uint64_t, 9> kPowersOfTen{1,       10,        100,        1'000,      10'000,
                                                           100'000, 1'000'000, 10'000'000, 100'000'000};

}  // namespace detail

// The number that [at, end) begins with; `at` moves behind its digits, and stays where it is if there are none. At most
// kDigitsTaken: a longer number's other digits are left there. Lengths vary from number to number: there is no branch
// for each digit, which would be guessed wrong.
[[nodiscard]] inline std::uint64_t take_digits(const char*& at, const char* end) noexcept {
    const char* const stop = at + std::min(static_cast<std::size_t>(end - at), kDigitsTaken);
    std::uint64_t number = 0;
    if constexpr (std::endian::native == std::endian::little) {
        while (stop - at >= 8) {
            std::uint64_t values = 0;
            std::memcpy(&values, at, sizeof values);
            values ^= 0x3030303030303030;
            const auto digits = detail::leading_digits(values);
            if (digits == 0) return number;
            // The digits move to the end, behind zeros.
            number = number * detail::kPowersOfTen[digits] + detail::number_of(values << (64 - 8 * digits));
            at += digits;
            if (digits < 8) return number;
        }
    }
    for (; at != stop; ++at) {
        const auto digit = static_cast<unsigned char>(*at - '0');
        if (digit > 9) break;
        number = number * 10 + digit;
    }
    return number;
}

}  // namespace gatehouse
