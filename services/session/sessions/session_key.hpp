// Where a session is kept, and the ways to that from what callers hold.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/token.hpp"
#include "session/accounts/account.hpp"

namespace gatehouse::session {

// The user's tag and the hash of the token, never the token (crypto/token.hpp).
struct SessionKey {
    crypto::Tag tag;  // 12 characters: all keys of one user share it
    crypto::TokenHash hash;
    friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

// The shelf on which all sessions of `user` lie.
[[nodiscard]] inline crypto::Tag tag_of(UserId user) {
    return crypto::tag_of(std::to_string(static_cast<std::int64_t>(user)));
}

// Of a token or a cookie's value, whose MAC is not looked at. Empty: no token, which was never stored.
[[nodiscard]] inline std::optional<SessionKey> session_key_of(std::string_view cookie) noexcept {
    const auto token = crypto::token_of_cookie(cookie);
    if (!token) return std::nullopt;
    SessionKey key{{}, crypto::hash_token(*token)};
    token->copy(key.tag.text.data(), key.tag.text.size(), 1);  // token_tag() would check again
    return key;
}

// A session's public name, which lists, answers and logs show: the first 16 hex digits of its key's hash.
struct Sid {
    std::array<char, 16> digits{};

    Sid() = default;
    explicit Sid(const crypto::TokenHash& hash) noexcept : digits(crypto::short_digits(hash)) {}
    [[nodiscard]] std::string_view view() const noexcept { return {digits.data(), digits.size()}; }
    friend bool operator==(const Sid&, const Sid&) = default;
};

}  // namespace gatehouse::session
