// The identity of an account: what users and login_attempts are looked up and counted by.
#pragma once

#include <string_view>

#include "crypto/digest.hpp"
#include "session/accounts/account.hpp"

namespace gatehouse::session {

// BLAKE2b-256 of `canonical` (proto/email.hpp: canonical_email).
[[nodiscard]] inline EmailKey email_key(std::string_view canonical) noexcept {
    static_assert(std::is_same_v<EmailKey, crypto::Digest>);
    return crypto::blake2b_256(canonical);
}

}  // namespace gatehouse::session
