// What several services read alike: the kind of installation, the secret keys, which database has the users, and
// whether the link between the services is private.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/settings.hpp"

namespace gatehouse::proto {

enum class AppEnv : std::uint8_t {
    development,
    testing,     // development, and tiny password hashes are allowed
    production,  // refuses what only looks safe
};
[[nodiscard]] std::string_view to_string(AppEnv env) noexcept;

// APP_ENV, or FLASK_ENV as the Flask backend's installations have it. Neither is set: production. Both are, and differ:
// a mistake.
[[nodiscard]] AppEnv read_app_env(Settings& settings);

// Subkeys are derived from these (crypto/key_ring.hpp).
struct SecretKeys {
    Secret current;                 // never empty
    std::vector<Secret> fallbacks;  // verify only
};

inline constexpr std::size_t kSecretKeyBytes = 32;

// SECRET_KEY and the comma-separated SECRET_KEY_FALLBACKS. In production a mistake if the key is missing, shorter than
// 32 bytes, or one that documents show. Otherwise a missing key is replaced by a well-known one.
[[nodiscard]] SecretKeys read_secret_keys(Settings& settings, AppEnv env);

enum class UserStoreKind : std::uint8_t { sqlite, mysql };

// USER_STORE. Unset: MySQL if DB_HOST or DB_SOCKET names its server, else SQLite; a mistake if other variables of a
// server are set, for nobody would look for these users in a new file.
[[nodiscard]] UserStoreKind read_user_store(Settings& settings);

// Does SECRET_KEY stand in some document rather than come from a random source?
[[nodiscard]] bool is_sample_key(std::string_view key) noexcept;

// A Unix-domain socket, 127.0.0.0/8, ::1 or localhost: what is said there does not leave the machine.
[[nodiscard]] bool stays_on_this_host(const Endpoint& endpoint) noexcept;

enum class Link : std::uint8_t { plain, tls };

// In production, a mistake of `name` if `endpoint` is not on this host, no TLS is spoken there and INTERNAL_PLAINTEXT
// is not "allow": passwords and tokens would cross a network unencrypted.
void require_private_link(Settings& settings, AppEnv env, std::string_view name, const Endpoint& endpoint, Link link);

}  // namespace gatehouse::proto
