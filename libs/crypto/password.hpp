// Password hashes: argon2id is made and verified, bcrypt is verified for accounts that were imported. All of it blocks
// for milliseconds (argon2id m=19 MiB t=2: 12 ms; bcrypt cost 12: 200 ms): call it on the hashing pool only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatehouse::crypto {

// Defaults: OWASP Password Storage Cheat Sheet, argon2id m=19456 KiB, t=2, p=1. libsodium's own minimum is t=1, 8 KiB.
struct HashCost {
    std::size_t memory_bytes = 19456u * 1024u;
    unsigned passes = 2;
    friend bool operator==(const HashCost&, const HashCost&) = default;
};

enum class HashKind : std::uint8_t { argon2id, bcrypt, unknown };

struct HashInfo {
    HashKind kind = HashKind::unknown;
    int bcrypt_cost = 0;  // bcrypt only
    HashCost argon2{};    // argon2id only
};
// What a stored hash may ask for; beyond it the hash is of unknown kind, so that one bad row cannot take the memory.
inline constexpr std::size_t kMaxArgon2Memory = std::size_t{1} << 30;
inline constexpr unsigned kMaxArgon2Passes = 64;

// By prefix and form alone: "$argon2id$v=19$m=…,t=…,p=1$…" or "$2[aby]$NN$" with 60 characters. Anything else is
// unknown.
[[nodiscard]] HashInfo inspect_hash(std::string_view stored) noexcept;

// The cost in what stands before a stored hash's salt: "$argon2id$v=19$m=19456,t=2,p=1$". Nothing for any other text,
// and for a cost that a stored hash may not ask for.
[[nodiscard]] std::optional<HashCost> argon2id_cost(std::string_view beginning) noexcept;

// An argon2id hash of this cost whose password nobody knows: to verify against it is the same work as against any
// other.
[[nodiscard]] std::string unknown_argon2id(const HashCost& cost);

// "$argon2id$…"; a fresh random salt. unavailable: no memory for it. invalid_input: a cost outside 8 KiB … the limits
// above.
[[nodiscard]] Result<std::string> hash_password(std::string_view password, const HashCost& cost);

// Compared in constant time. False also for a hash of unknown kind, a bcrypt cost above `bcrypt_max_cost` and a
// password with a NUL (bcrypt). bcrypt sees the first 72 bytes only, as the imported hashes were made.
// unavailable: argon2id found no memory; that is our fault and not a wrong password.
[[nodiscard]] Result<bool> verify_password(std::string_view stored, std::string_view password, int bcrypt_max_cost);

// True if `stored` (verified against `password` just now) should be replaced: bcrypt, or argon2id of another cost.
// Never for bcrypt with a password over 72 bytes: the bytes beyond were not verified.
[[nodiscard]] bool needs_rehash(std::string_view stored, std::string_view password, const HashCost& wanted) noexcept;

}  // namespace gatehouse::crypto
