// The words of the accounts domain: what a user and a sign-in attempt are, whatever database holds them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/password.hpp"

namespace gatehouse::session {

enum class UserId : std::int64_t {};
enum class AttemptId : std::int64_t {};

// BLAKE2b-256 of an e-mail address's canonical form (email_key.hpp): the identity of an account.
using EmailKey = std::array<std::uint8_t, 32>;

// Rises with every revoke-all, password change and disable. Unix milliseconds of the database, at least old + 1.
enum class Epoch : std::int64_t {};

struct Account {
    UserId id{};
    std::string full_name;
    std::string email;  // as stored, not canonical
    std::string role;
    std::string status;   // as stored
    bool active = false;  // status is active, 1 or true
    Epoch epoch{};
    std::string password_hash;
    SystemTime created_at{};
    std::optional<SystemTime> last_login_at;
};

// One sign-in that was counted before its password was verified.
struct Attempt {
    AttemptId id{};
    std::optional<Account> account;  // nobody of that address: verify a decoy all the same
};
struct Throttled {
    std::chrono::seconds retry_after;  // at least 1
};
using Admission = std::variant<Attempt, Throttled>;

enum class Verdict : std::uint8_t { success, failed };

struct ThrottleRule {
    unsigned limit;               // failures (and pending ones) that are let through …
    std::chrono::seconds window;  // … in this long
};

// Who tried, as far as it is kept. Both are cut to the column's width; the user agent's control characters are
// replaced.
struct AttemptSource {
    std::string ip_address;    // text form; at most 45 characters
    std::string user_agent;    // at most 255 bytes
    std::string client_class;  // at most 32 bytes: "browser", "api", …
};

struct NewAccount {
    std::string email;  // canonicalised by the caller only for `key`
    EmailKey key;
    std::string full_name;
    std::string role;
    std::string password_hash;
    bool active = true;
};

// Absent members stay as they are.
struct AccountChange {
    std::optional<std::string> full_name;
    std::optional<std::string> role;
    std::optional<std::string> email;
    std::optional<EmailKey> email_key;  // with `email`
};

struct Lockout {
    EmailKey key{};
    std::optional<UserId> user;        // absent: nobody has that address
    std::optional<std::string> email;  // of that user
    unsigned failures = 0;             // counted in the window
    std::chrono::seconds retry_after{};
};

struct EpochChange {
    UserId user{};
    Epoch epoch{};
};

// How many accounts have which kind of hash: the decoys are drawn in this proportion.
struct HashMix {
    std::vector<std::pair<crypto::HashCost, std::int64_t>> argon2id_by_cost;  // cost, count
    std::vector<std::pair<int, std::int64_t>> bcrypt_by_cost;
};

// A step of the schema that a database still needs, for `gatehousectl db plan`.
struct MigrationStep {
    int version = 0;
    std::string name;
    std::vector<std::string> found;  // what is there already and how it is understood, a line each, for people
    std::vector<std::string> statements;
    bool applied = false;
};

}  // namespace gatehouse::session
