#include "crypto/token.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <sodium.h>

#include "crypto/digest.hpp"

namespace gatehouse::crypto {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kTagStart = 1;

// 16 characters at once (GNU C, "Vector Extensions"): all ones where one is of base64url's alphabet.
using Block [[gnu::vector_size(16)]] = unsigned char;

Block are_base64url(const char* at) noexcept {
    Block text;
    std::memcpy(&text, at, sizeof text);
    const auto letters = (text | 0x20) - 'a' < 26;
    const auto digits = text - '0' < 10;
    return reinterpret_cast<Block>(letters | digits | (text == '-') | (text == '_'));
}

// 43 characters hold 258 bits, two more than 32 bytes: those must be zero, or one token had four spellings.
constexpr bool ends_canonically(char last) noexcept { return std::string_view("AEIMQUYcgkosw048").contains(last); }

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
    // At every check, so without a branch per character; the last block looks at some of them again.
    static_assert(kTokenLength >= 3 * sizeof(Block) && kTokenLength <= 4 * sizeof(Block));
    const char* const at = text.data();
    const Block all = are_base64url(at) & are_base64url(at + sizeof(Block)) & are_base64url(at + 2 * sizeof(Block)) &
                      are_base64url(at + kTokenLength - sizeof(Block));
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &all, sizeof all);
    return (halves[0] & halves[1]) == ~std::uint64_t{0} && ends_canonically(text.back());
}

std::optional<Tag> token_tag(std::string_view token) noexcept {
    if (!is_token(token)) return std::nullopt;
    Tag tag;
    std::copy_n(token.begin() + kTagStart, tag.text.size(), tag.text.begin());
    return tag;
}

TokenHash hash_token(std::string_view text) noexcept {
    const Digest digest = blake2b_256(text);
    TokenHash hash;
    std::memcpy(hash.bytes.data(), digest.data(), hash.bytes.size());
    return hash;
}

std::optional<TokenHash> token_hash_of(std::string_view base64url) noexcept {
    TokenHash hash;
    std::size_t bytes = 0;
    const int failed = sodium_base642bin(hash.bytes.data(), hash.bytes.size(), base64url.data(), base64url.size(),
                                         nullptr, &bytes, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (failed != 0 || bytes != hash.bytes.size()) return std::nullopt;
    return hash;
}

// By a table: a hash is stored and shown, so that the time this takes may depend on it.
std::array<char, 16> short_digits(const TokenHash& hash) noexcept {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<char, 16> digits;
    for (std::size_t i = 0; i < digits.size() / 2; ++i) {
        digits[2 * i] = kHex[hash.bytes[i] >> 4];
        digits[2 * i + 1] = kHex[hash.bytes[i] & 0x0f];
    }
    return digits;
}

std::optional<std::string_view> token_of_cookie(std::string_view cookie) noexcept {
    const auto token = cookie.substr(0, kTokenLength);
    if (!is_token(token)) return std::nullopt;
    if (cookie.size() > kTokenLength && cookie[kTokenLength] != '.') return std::nullopt;
    return token;
}

}  // namespace gatehouse::crypto
