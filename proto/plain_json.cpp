#include "proto/plain_json.hpp"

#include <bit>
#include <cstddef>

#include "base/digits.hpp"

namespace gatehouse::proto {
namespace {

// How many of the next 8 bytes, up to the first that is not, are ASCII and neither quote, backslash nor control
// character: the high bit of each byte's result says "not". Only bytes behind the first can be spoilt by its borrow.
std::size_t plain_bytes(const char* at) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quotes = (word ^ (ones * '"')) - ones;
    const std::uint64_t slashes = (word ^ (ones * '\\')) - ones;
    const std::uint64_t controls = word - ones * 0x20;
    const std::uint64_t others = (quotes | slashes | controls | word) & (ones * 0x80);
    if (others == 0) return sizeof word;
    if constexpr (std::endian::native == std::endian::little)
        return static_cast<std::size_t>(std::countr_zero(others)) / 8;
    return 0;  // byte by byte
}

// Bytes of the well-formed UTF-8 sequence of two to four bytes at the front (Unicode 15, table 3-7); 0: there is none.
std::size_t multibyte(const char* text, std::size_t left) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || left < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    const bool too_large = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || surrogate || too_large ? 0 : size;
}

}  // namespace

bool PlainJson::text(std::string_view& into) noexcept {
    if (at_ == end_ || *at_ != '"') return false;
    const char* const begin = at_ + 1;
    const char* at = begin;
    for (;;) {
        while (end_ - at >= 8) {
            const std::size_t plain = plain_bytes(at);
            at += plain;
            if (plain < 8) break;
        }
        if (at == end_) return false;
        const auto byte = static_cast<unsigned char>(*at);
        if (byte == '"') break;
        if (byte < 0x20 || byte == '\\') return false;
        const std::size_t size = byte < 0x80 ? 1 : multibyte(at, static_cast<std::size_t>(end_ - at));
        if (size == 0) return false;
        at += size;
    }
    into = {begin, static_cast<std::size_t>(at - begin)};
    at_ = at + 1;
    return true;
}

bool PlainJson::number(std::int64_t& into) noexcept {
    const char* at = at_;
    const auto value = take_digits(at, end_);
    if (at == at_ || (*at_ == '0' && at - at_ > 1)) return false;
    into = static_cast<std::int64_t>(value);
    at_ = at;
    return true;
}

}  // namespace gatehouse::proto
