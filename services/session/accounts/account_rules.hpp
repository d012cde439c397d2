// What both databases have to agree on about an account's columns. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "session/accounts/account.hpp"

namespace gatehouse::session {

// active, 1 or true, in any case of ASCII letters; whatever else a status column holds may not sign in.
[[nodiscard]] bool may_sign_in(std::string_view status) noexcept;

// Printable ASCII of `text`, everything else as '?', at most `most` bytes: a client chooses this text, and a database
// that refused it would make the sign-in fail.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most);

// invalid_input, naming the field: longer than its column, not UTF-8, or empty though it must not be.
[[nodiscard]] Result<void> check(const NewAccount& account);
[[nodiscard]] Result<void> check(const AccountChange& change);
[[nodiscard]] Result<void> check_password_hash(std::string_view hash);

// Hashes made elsewhere may not cost more than this to verify: a sign-in would take the service's memory.
inline constexpr std::size_t kImportedMemoryMost = 128u * 1024 * 1024;
inline constexpr unsigned kImportedPassesMost = 16;

// Adds `count` hashes that begin with `prefix` ("$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$"); those of neither kind,
// and of a cost that may not be verified, are left out.
void add_hashes(HashMix& mix, std::string_view prefix, std::int64_t count);

}  // namespace gatehouse::session
