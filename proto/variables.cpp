#include "proto/variables.hpp"

namespace gatehouse::proto {
namespace {

constexpr std::string_view names[] = {
    // Both services
    "APP_ENV",
    "FLASK_ENV",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "SECRET_KEY_FALLBACKS",
    "SECRET_KEY_FALLBACKS_FILE",
    "SESSION_MAX_AGE",
    "SESSION_ABSOLUTE_MAX_AGE",
    "INTERNAL_PLAINTEXT",
    "LOG_LEVEL",
    "LOG_QUEUE",
    "ACCESS_LOG",
    "IO_THREADS",
    "CONNECTIONS_MAX",
    "HEADER_BYTES_MAX",
    "HEADER_FIELDS_MAX",
    "HEADER_TIMEOUT",
    "BODY_BYTES_MAX",
    "BODY_TIMEOUT",
    "IDLE_TIMEOUT",
    "CHECK_TIMEOUT",
    "LOGIN_TIMEOUT",
    "LOGIN_PASSWORD_MIN",
    "INTROSPECT_BATCH",
    "DRAIN_TIMEOUT",
    // Gateway
    "GATEWAY_LISTEN",
    "GATEWAY_REDIRECT_LISTEN",
    "GATEWAY_ADMIN_LISTEN",
    "TLS_CERT_FILE",
    "TLS_KEY_FILE",
    "SESSION_URL",
    "SESSION_CREDENTIAL",
    "SESSION_CREDENTIAL_FILE",
    "PUBLIC_ORIGIN",
    "ALLOWED_ORIGINS",
    "RETURN_TO_ORIGINS",
    "TRUSTED_PROXIES",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CHECK_ANONYMOUS_STATUS",
    "X_XSS_PROTECTION",
    "LOGIN_RATE_LIMIT",
    "RATE_LIMIT_REDIS_URL",
    "RATE_LIMIT_REDIS_URL_FILE",
    "ADDRESS_LIMIT_ENTRIES",
    // Session service
    "SESSION_LISTEN",
    "SESSION_ADMIN_LISTEN",
    "SERVICE_CREDENTIALS",
    "SERVICE_CREDENTIALS_FILE",
    "USER_STORE",
    "SESSION_STORE",
    "DATA_DIR",
    "LOGIN_ATTEMPT_LIMIT",
    "LOGIN_ATTEMPT_WINDOW",
    "ATTEMPT_RETENTION",
    "SESSIONS_PER_USER_MAX",
    // Its database
    "DB_HOST",
    "DB_PORT",
    "DB_SOCKET",
    "DB_USER",
    "DB_PASSWORD",
    "DB_PASSWORD_FILE",
    "DB_NAME",
    "DB_SSL_MODE",
    "DB_SSL_CA",
    "DB_POOL_SIZE",
    "DB_QUEUE",
    "DB_POOL_WAIT",
    "DB_TIMEOUT",
    "DB_MIGRATE",
    "SCHEMA_LIBRARY",
    // Its Redis
    "REDIS_URL",
    "REDIS_URL_FILE",
    "REDIS_TIMEOUT",
    // Its passwords
    "HASHING_SLOTS",
    "HASHING_QUEUE",
    "HASHING_WAIT",
    "ARGON2_MEMORY_KIB",
    "ARGON2_PASSES",
    "BCRYPT_MAX_COST",
    "PASSWORD_REHASH",
    // gatehousectl
    "GATEHOUSECTL_CREDENTIAL",
    "GATEHOUSECTL_CREDENTIAL_FILE",
};

}  // namespace

std::span<const std::string_view> known_variables() noexcept { return names; }

}  // namespace gatehouse::proto
