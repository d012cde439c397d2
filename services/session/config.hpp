// Everything that the session service is told from outside, read once at start. All mistakes are reported together.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/io_threads.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/settings.hpp"
#include "crypto/service_credential.hpp"
#include "mysql/connection.hpp"
#include "proto/app_env.hpp"
#include "redis/options.hpp"
#include "session/accounts/account.hpp"
#include "session/accounts/schema_options.hpp"
#include "session/login/hashing.hpp"
#include "session/sessions/session_limits.hpp"
#include "web/server.hpp"

namespace gatehouse::session {

using proto::UserStoreKind;
enum class SessionStoreKind : std::uint8_t { memory, redis };

struct DatabaseConfig {
    UserStoreKind kind = UserStoreKind::sqlite;
    std::string sqlite_path;
    mysql::Options mysql;                                               // used if `kind` says so
    BlockingPool::Limits pool{4, 64, std::chrono::milliseconds(1000)};  // a connection per thread
    bool migrate = true;
    SchemaOptions schema;
};

struct SessionsConfig {
    SessionStoreKind kind = SessionStoreKind::memory;
    redis::Options redis;  // used if `kind` says so
    std::chrono::seconds idle{3600};
    SessionLimits limits;
};

struct PasswordsConfig {
    Hashing::Options hashing;
    bool rehash = false;
    std::size_t least_code_points = 8;  // at sign-in
};

struct ServerConfig {
    web::ServerOptions options;        // with SESSION_LISTEN; the handlers and the observer are app.cpp's
    std::optional<web::TlsFiles> tls;  // empty: SESSION_LISTEN speaks plain HTTP
    Endpoint admin_listen;
    IoOptions io;
    std::chrono::milliseconds check_timeout{1'000};
    std::chrono::milliseconds login_timeout{5'000};
    std::chrono::milliseconds drain_timeout{10'000};
    bool access_log = true;
};

struct Config {
    proto::SecretKeys keys;
    std::vector<crypto::CredentialEntry> credentials;  // at start
    std::string credentials_file;                      // they came from it, and are read anew; empty: from elsewhere
    ServerConfig server;
    DatabaseConfig database;
    SessionsConfig sessions;
    PasswordsConfig passwords;
    ThrottleRule throttle{5, std::chrono::minutes(15)};
    std::chrono::hours keep_attempts{24 * 30};
    std::size_t introspect_batch = 100;
    log::Level log_level = log::Level::info;
    std::size_t log_queue = 8192;
};

// Reads all of it. What is wrong is in settings.mistakes(); then the result must not be used.
[[nodiscard]] Config read_config(Settings& settings);

}  // namespace gatehouse::session
