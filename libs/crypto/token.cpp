#include "crypto/token.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kTagStart = 1;

constexpr std::uint8_t kNone = 0xFF;

// The value of each byte as a base64url character; kNone: it is none.
constexpr std::array<std::uint8_t, 256> kValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNone);
    std::uint8_t value = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
        values[static_cast<unsigned char>(c)] = value++;
    }
    return values;
}();

constexpr std::uint8_t base64url_value(char c) noexcept { return kValues[static_cast<unsigned char>(c)]; }

}  // namespace

Tag tag_of(std::string_view subject_id) {
    const Digest digest = blake2b_256(subject_id);
    const std::string text = base64url(view(digest).substr(0, 9));
    Tag tag;
    std::copy_n(text.begin(), tag.text.size(), tag.text.begin());
    return tag;
}

Secret new_token(const Tag& tag) {
    std::array<unsigned char, kRandomBytes> random;
    randombytes_buf(random.data(), random.size());
    std::array<char, kTokenLength - kTagStart - std::tuple_size_v<decltype(Tag::text)> + 1> tail;  // and a NUL
    sodium_bin2base64(tail.data(), tail.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    std::string token;
    token.reserve(kTokenLength);
    token += kVersion;
    token += tag.view();
    token.append(tail.data(), tail.size() - 1);
    sodium_memzero(random.data(), random.size());
    sodium_memzero(tail.data(), tail.size());
    return Secret(std::move(token));
}

bool is_token(std::string_view text) noexcept {
    if (text.size() != kTokenLength || text.front() != kVersion) return false;
    // At every check: no branch per character. Values are below 64, so that only kNone sets the highest bit.
    std::uint8_t seen = 0;
    for (std::size_t i = 0; i < kTokenLength; ++i) seen |= base64url_value(text.data()[i]);
    if (seen & 0x80) return false;
    // 43 characters hold 258 bits, two more than 32 bytes: those must be zero, or one token had four spellings.
    return base64url_value(text.back()) % 4 == 0;
}

std::optional<Tag> token_tag(std::string_view token) noexcept {
    if (!is_token(token)) return std::nullopt;
    Tag tag;
    std::copy_n(token.begin() + kTagStart, tag.text.size(), tag.text.begin());
    return tag;
}

TokenHash hash_token(std::string_view token) noexcept { return {blake2b_256(token)}; }

std::optional<std::string_view> token_of_cookie(std::string_view cookie) noexcept {
    const auto token = cookie.substr(0, kTokenLength);
    if (!is_token(token)) return std::nullopt;
    if (cookie.size() > kTokenLength && cookie[kTokenLength] != '.') return std::nullopt;
    return token;
}

}  // namespace gatehouse::crypto
