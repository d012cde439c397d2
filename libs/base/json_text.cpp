#include "base/json_text.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "base/put_text.hpp"

namespace gatehouse {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// What may stand after a lead byte: how many bytes, and the range of the first of them (Unicode 15, table 3-7).
struct Sequence {
    std::size_t more;
    unsigned char least;
    unsigned char most;
};

constexpr Sequence sequence_of(unsigned char lead) noexcept {
    if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
    if (lead == 0xE0) return {2, 0xA0, 0xBF};
    if (lead == 0xED) return {2, 0x80, 0x9F};
    if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
    if (lead == 0xF0) return {3, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
    if (lead == 0xF4) return {3, 0x80, 0x8F};
    return {0, 0, 0};
}

// A byte that stands for itself in a JSON string.
constexpr bool is_plain(unsigned char byte) noexcept {
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

// 16 bytes in one register of any processor: the compilers' own vectors (GNU C, "Vector Extensions").
using Block [[gnu::vector_size(16)]] = unsigned char;

bool all_plain(Block bytes) noexcept {
    const auto odd = (bytes - 0x20 >= 0x7F - 0x20) | (bytes == '"') | (bytes == '\\');
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &odd, sizeof odd);
    return (halves[0] | halves[1]) == 0;
}

template <class T>
T load(const char* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

// 4 to 15 bytes as a block, those in the middle twice.
Block short_block(std::string_view text) noexcept {
    std::array<std::uint64_t, 2> halves;
    const char* begin = text.data();
    const char* end = begin + text.size();
    if (text.size() >= 8) {
        halves = {load<std::uint64_t>(begin), load<std::uint64_t>(end - 8)};
    } else {
        const std::uint64_t both = std::uint64_t{load<std::uint32_t>(begin)} << 32 | load<std::uint32_t>(end - 4);
        halves = {both, both};
    }
    Block bytes;
    std::memcpy(&bytes, halves.data(), sizeof bytes);
    return bytes;
}

// How many bytes of `text` from its start are plain, 16 at once, some of the last ones twice.
std::size_t plain_bytes(std::string_view text) noexcept {
    constexpr auto block = sizeof(Block);
    std::size_t at = 0;
    while (text.size() - at >= block && all_plain(load<Block>(text.data() + at))) at += block;
    if (text.size() - at < block && text.size() >= 4) {
        const char* end = text.data() + text.size();
        if (all_plain(text.size() < block ? short_block(text) : load<Block>(end - block))) return text.size();
    }
    while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
    return at;
}

// Writes the sequence that starts `text`, or the replacement, and takes off `text` what it stood for.
char* put_multibyte(char* to, std::string_view& text) noexcept {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const Sequence expected = sequence_of(byte(0));
    std::size_t good = 1;
    while (good <= expected.more && good < text.size()) {
        const auto least = good == 1 ? expected.least : 0x80;
        const auto most = good == 1 ? expected.most : 0xBF;
        if (byte(good) < least || byte(good) > most) break;
        ++good;
    }
    const bool whole = expected.more > 0 && good == expected.more + 1;
    to = put_text(to, whole ? text.substr(0, good) : replacement);
    text.remove_prefix(good);
    return to;
}

char* put_escaped(char* to, char c) noexcept {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            return put_text(to, "\\\"");
        case '\\':
            return put_text(to, "\\\\");
        case '\n':
            return put_text(to, "\\n");
        case '\r':
            return put_text(to, "\\r");
        case '\t':
            return put_text(to, "\\t");
        default:
            break;
    }
    to = put_text(to, "\\u00");
    *to++ = hex[static_cast<unsigned char>(c) >> 4];
    *to++ = hex[static_cast<unsigned char>(c) & 0x0F];
    return to;
}

// `plain`: plain_bytes(text).
char* put_string(char* to, std::string_view text, std::size_t plain) noexcept {
    *to++ = '"';
    while (true) {
        to = put_text(to, text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (static_cast<unsigned char>(text.front()) >= 0x80) {
            to = put_multibyte(to, text);
        } else {
            to = put_escaped(to, text.front());
            text.remove_prefix(1);
        }
        plain = plain_bytes(text);
    }
    *to++ = '"';
    return to;
}

// Copies `text` while it looks whether it is plain to the end; false: it is not, and nothing is promised of `to`.
// Nearly all texts of log lines and messages are: this is what they cost. Some of the last bytes are copied twice.
bool copy_plain(char* to, std::string_view text) noexcept {
    constexpr auto block = sizeof(Block);
    const char* from = text.data();
    const char* const end = from + text.size();
    if (text.size() >= block) {
        for (; end - from >= static_cast<std::ptrdiff_t>(block); from += block, to += block) {
            const Block bytes = load<Block>(from);
            if (!all_plain(bytes)) return false;
            std::memcpy(to, &bytes, block);
        }
        const Block last = load<Block>(end - block);
        std::memcpy(to + (end - from) - block, &last, block);
        return all_plain(last);
    }
    if (text.size() >= 8) {
        if (!all_plain(short_block(text))) return false;
        std::memcpy(to, from, 8);
        std::memcpy(to + text.size() - 8, end - 8, 8);
        return true;
    }
    if (text.size() >= 4) {
        if (!all_plain(short_block(text))) return false;
        std::memcpy(to, from, 4);
        std::memcpy(to + text.size() - 4, end - 4, 4);
        return true;
    }
    for (; from != end; ++from) {
        if (!is_plain(static_cast<unsigned char>(*from))) return false;
        *to++ = *from;
    }
    return true;
}

// "\u00XX" for one byte is the longest; a broken byte becomes three.
constexpr std::size_t bound(std::size_t plain, std::size_t others) noexcept { return 2 + plain + 6 * others; }

}  // namespace

char* write_json_string(char* to, std::string_view text) noexcept {
    if (!copy_plain(to + 1, text)) return put_string(to, text, plain_bytes(text));
    char* const end = to + 1 + text.size();
    *to = *end = '"';
    return end + 1;
}

void append_json_string(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    const std::size_t plain = plain_bytes(text);
    out.resize_and_overwrite(before + bound(plain, text.size() - plain), [&](char* start, std::size_t) noexcept {
        return static_cast<std::size_t>(put_string(start + before, text, plain) - start);
    });
}

std::size_t json_string_bound(std::string_view text) noexcept {
    const std::size_t plain = plain_bytes(text);
    return bound(plain, text.size() - plain);
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    std::size_t end = bytes;
    // Back over at most three continuation bytes: more is no UTF-8, and cutting it anywhere is as good.
    for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back) --end;
    return text.substr(0, end);
}

}  // namespace gatehouse
