#include "base/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

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

// Appends the sequence that starts `text`, or the replacement; returns how many bytes it stood for.
std::size_t append_multibyte(std::string& out, std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const Sequence expected = sequence_of(byte(0));
    std::size_t good = 1;
    while (good <= expected.more && good < text.size()) {
        const auto least = good == 1 ? expected.least : 0x80;
        const auto most = good == 1 ? expected.most : 0xBF;
        if (byte(good) < least || byte(good) > most) break;
        ++good;
    }
    out += expected.more > 0 && good == expected.more + 1 ? text.substr(0, good) : replacement;
    return good;
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    out += "\\u00";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 0x0F];
}

constexpr bool is_plain(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain_end = std::ranges::find_if_not(text, is_plain);
        const auto plain = static_cast<std::size_t>(plain_end - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (static_cast<unsigned char>(text.front()) >= 0x80) {
            text.remove_prefix(append_multibyte(out, text));
        } else {
            append_escaped(out, text.front());
            text.remove_prefix(1);
        }
    }
    out += '"';
}

// "\u00XX" for one byte is the longest; a broken byte becomes three.
std::size_t json_string_bound(std::string_view text) noexcept {
    return 2 + text.size() + 5 * (text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_plain)));
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    std::size_t end = bytes;
    // Back over at most three continuation bytes: more is no UTF-8, and cutting it anywhere is as good.
    for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back) --end;
    return text.substr(0, end);
}

}  // namespace gatehouse
