// Session tokens: 256 random bits and the tag that says on which shelf they lie.
//
//     1 + 12 characters of tag + 43 characters base64url of 32 random bytes          (56 characters)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace gatehouse::crypto {

// The first 72 bits of BLAKE2b-256 of a subject's id, base64url: one tag = one subject. Public.
struct Tag {
    std::array<char, 12> text{};
    [[nodiscard]] std::string_view view() const noexcept { return {text.data(), text.size()}; }
    friend bool operator==(const Tag&, const Tag&) = default;
};

// The first half of BLAKE2b-256 of a token's 56 characters: what is stored in its place. 128 bits: nobody finds another
// token with a hash that is stored, and they take half the memory.
struct TokenHash {
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const TokenHash&, const TokenHash&) = default;
};

inline constexpr std::size_t kTokenLength = 56;

[[nodiscard]] Tag tag_of(std::string_view subject_id);  // subject_id: its decimal text
[[nodiscard]] Secret new_token(const Tag& tag);         // random from libsodium
// Strict: exactly 56 characters, version 1, base64url alphabet, no padding, canonical last character.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
[[nodiscard]] std::optional<Tag> token_tag(std::string_view token) noexcept;  // empty: not a token
[[nodiscard]] TokenHash hash_token(std::string_view text) noexcept;           // of any text

// The hash whose bytes stores name in base64url. Empty: not the text of one.
[[nodiscard]] std::optional<TokenHash> token_hash_of(std::string_view base64url) noexcept;
// Its first 8 bytes as 16 hex digits: a public name that lists, answers and logs may show.
[[nodiscard]] std::array<char, 16> short_digits(const TokenHash& hash) noexcept;

// Cookie value = token [ '.' 22 characters of MAC ]. The token's part if it is one, borrowed from `cookie`; what
// follows the dot is not looked at here.
[[nodiscard]] std::optional<std::string_view> token_of_cookie(std::string_view cookie) noexcept;

}  // namespace gatehouse::crypto
