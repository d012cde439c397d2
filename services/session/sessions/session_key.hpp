// Where a session is kept, and the ways to that from what callers hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/token.hpp"
#include "session/accounts/account.hpp"

namespace gatehouse::session {

// The user's tag and the hash of the token, never the token (crypto/token.hpp).
struct SessionKey {
    crypto::Tag tag;         // 12 characters: all keys of one user share it
    crypto::TokenHash hash;  // BLAKE2b-256 of the token
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
    return SessionKey{*crypto::token_tag(*token), crypto::hash_token(*token)};
}

}  // namespace gatehouse::session
