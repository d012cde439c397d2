#include "session/config.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "mysql/settings.hpp"
#include "proto/introspect.hpp"
#include "session/credentials.hpp"
#include "web/server_settings.hpp"

namespace gatehouse::session {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

// A batch of introspections and one of imported accounts are longer than what browsers send, which BODY_BYTES_MAX
// bounds.
constexpr std::size_t kInternalBodyBytes = 256 * 1024;

std::size_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

std::size_t count_or_cores(Settings& settings, std::string_view name) {
    const std::size_t number = settings.count(name, 0, 0, 1024);
    return number == 0 ? cores() : number;
}

std::vector<crypto::CredentialEntry> credentials(Settings& settings) {
    const std::optional<Secret> text = settings.secret("SERVICE_CREDENTIALS");
    if (!settings.is_secret_set("SERVICE_CREDENTIALS")) {
        settings.mistake("SERVICE_CREDENTIALS",
                         "is missing: nobody could ask; make one with gatehousectl credentials new");
    }
    if (!text) return {};
    auto read = parse_credentials(text->view());
    for (const std::string& mistake : read.mistakes) settings.mistake("SERVICE_CREDENTIALS", mistake);
    return std::move(read.entries);
}

std::optional<web::TlsFiles> tls_files(Settings& settings, const Endpoint& listen) {
    auto files = web::read_tls_files(settings, "SESSION_TLS_CERT_FILE", "SESSION_TLS_KEY_FILE");
    auto authorities = settings.text("SESSION_TLS_CLIENT_CA_FILE", "");
    if (!files && !authorities.empty()) {
        settings.mistake("SESSION_TLS_CLIENT_CA_FILE",
                         "asks callers for certificates, which needs TLS: set SESSION_TLS_CERT_FILE and "
                         "SESSION_TLS_KEY_FILE");
    }
    if (!files) return std::nullopt;
    if (listen.is_unix()) {
        settings.mistake("SESSION_TLS_CERT_FILE",
                         "is of no use on a Unix-domain socket, which the permissions of its file guard: drop it, or "
                         "let SESSION_LISTEN be HOST:PORT");
    }
    files->client_authorities = std::move(authorities);
    return files;
}

ServerConfig server(Settings& settings, proto::AppEnv env) {
    ServerConfig config;
    config.options = web::read_server_options(settings);
    config.options.body_bytes = std::max(config.options.body_bytes, kInternalBodyBytes);
    config.options.listen = {web::read_endpoint(settings, "SESSION_LISTEN", "127.0.0.1:8081")};
    config.admin_listen = web::read_endpoint(settings, "SESSION_ADMIN_LISTEN", "127.0.0.1:9102");
    config.tls = tls_files(settings, config.options.listen.front());
    proto::require_private_link(settings, env, "SESSION_LISTEN", config.options.listen.front(),
                                config.tls ? proto::Link::tls : proto::Link::plain);
    config.io = web::read_io_options(settings);
    config.check_timeout = settings.wait("CHECK_TIMEOUT", 1s);
    config.login_timeout = settings.wait("LOGIN_TIMEOUT", 5s);
    config.drain_timeout = settings.wait("DRAIN_TIMEOUT", 10s);
    config.options.request_timeout = std::max(config.login_timeout, config.check_timeout);
    config.access_log = settings.flag("ACCESS_LOG", true);
    return config;
}

DatabaseConfig database(Settings& settings) {
    DatabaseConfig config;
    config.kind = proto::read_user_store(settings);
    config.sqlite_path = settings.text("DATA_DIR", "./data") + "/gatehouse.sqlite3";
    if (config.kind == UserStoreKind::mysql) config.mysql = mysql::read_options(settings);
    config.pool.threads = settings.count("DB_POOL_SIZE", config.pool.threads, 1, 256);
    config.pool.queue = settings.count("DB_QUEUE", config.pool.queue, 1, 65536);
    config.pool.wait = settings.wait("DB_POOL_WAIT", config.pool.wait);
    config.migrate = settings.choice("DB_MIGRATE", "auto", {"auto", "off"}) == "auto";
    config.schema.library = settings.flag("SCHEMA_LIBRARY", false) ? LibraryTables::on : LibraryTables::off;
    return config;
}

SessionsConfig sessions(Settings& settings, proto::AppEnv env) {
    SessionsConfig config;
    std::optional<Secret> url = settings.secret("REDIS_URL");
    const bool has_url = settings.is_secret_set("REDIS_URL");
    const bool named = settings.is_set("SESSION_STORE");
    const std::string kind = settings.choice("SESSION_STORE", has_url ? "redis" : "memory", {"memory", "redis"});
    config.kind = kind == "redis" ? SessionStoreKind::redis : SessionStoreKind::memory;
    if (config.kind == SessionStoreKind::redis && !has_url) {
        settings.mistake("REDIS_URL", "is missing: SESSION_STORE=redis needs it");
    } else if (config.kind == SessionStoreKind::redis && url) {
        auto parsed = redis::parse_redis_url(url->view());
        if (!parsed) settings.mistake("REDIS_URL", parsed.error().detail);
        if (parsed) config.redis = *std::move(parsed);
    } else if (env == proto::AppEnv::production && config.kind == SessionStoreKind::memory && !named) {
        settings.mistake("REDIS_URL",
                         "is missing; without Redis every restart ends all sessions: if that is wanted, say "
                         "SESSION_STORE=memory");
    }
    config.redis.command_timeout = settings.duration("REDIS_TIMEOUT", config.redis.command_timeout, 1ms, 10ms, 1min);
    config.idle = std::chrono::duration_cast<seconds>(settings.duration("SESSION_MAX_AGE", 1h, 1s, 1s, 24h * 366));
    config.limits.absolute =
        std::chrono::duration_cast<seconds>(settings.duration("SESSION_ABSOLUTE_MAX_AGE", 24h, 1s, 1s, 24h * 366));
    if (config.limits.absolute < config.idle) {
        constexpr std::string_view name = "SESSION_ABSOLUTE_MAX_AGE";
        settings.mistake(name, fmt::format("({} s{}) is shorter than SESSION_MAX_AGE ({} s): set it to at least {}",
                                           config.limits.absolute.count(), settings.is_set(name) ? "" : ", the default",
                                           config.idle.count(), config.idle.count()));
    }
    config.limits.per_user = static_cast<unsigned>(settings.count("SESSIONS_PER_USER_MAX", 50, 1, 1000));
    return config;
}

PasswordsConfig passwords(Settings& settings, proto::AppEnv env) {
    PasswordsConfig config;
    config.hashing.slots = count_or_cores(settings, "HASHING_SLOTS");
    config.hashing.queue = settings.count("HASHING_QUEUE", config.hashing.queue, 0, 65536);
    config.hashing.wait = settings.wait("HASHING_WAIT", config.hashing.wait);
    const crypto::HashCost floor;
    const bool tiny = env == proto::AppEnv::testing;
    const auto floor_kib = static_cast<std::int64_t>(floor.memory_bytes / 1024);
    const auto kib = settings.integer("ARGON2_MEMORY_KIB", floor_kib, tiny ? 8 : floor_kib, 1024 * 1024);
    config.hashing.cost.memory_bytes = static_cast<std::size_t>(kib) * 1024;
    config.hashing.cost.passes =
        static_cast<unsigned>(settings.integer("ARGON2_PASSES", floor.passes, tiny ? 1 : floor.passes, 64));
    config.hashing.bcrypt_max_cost = static_cast<int>(settings.integer("BCRYPT_MAX_COST", 12, 4, 16));
    config.rehash = settings.flag("PASSWORD_REHASH", false);
    config.least_code_points = settings.count("LOGIN_PASSWORD_MIN", 8, 1, 256);
    return config;
}

}  // namespace

Config read_config(Settings& settings) {
    Config config;
    const proto::AppEnv env = proto::read_app_env(settings);
    config.keys = proto::read_secret_keys(settings, env);
    config.credentials = credentials(settings);
    config.credentials_file = settings.text("SERVICE_CREDENTIALS_FILE", "");
    config.server = server(settings, env);
    config.database = database(settings);
    config.sessions = sessions(settings, env);
    config.passwords = passwords(settings, env);
    config.throttle.limit = static_cast<unsigned>(settings.integer("LOGIN_ATTEMPT_LIMIT", 5, 1, 1000));
    config.throttle.window =
        std::chrono::duration_cast<seconds>(settings.duration("LOGIN_ATTEMPT_WINDOW", 15min, 1min, 1s, 24h * 30));
    config.keep_attempts = std::chrono::duration_cast<std::chrono::hours>(
        settings.duration("ATTEMPT_RETENTION", 24h * 30, 24h, 1h, 24h * 3660));
    if (config.keep_attempts < config.throttle.window) {
        settings.mistake("ATTEMPT_RETENTION",
                         "is shorter than LOGIN_ATTEMPT_WINDOW: attempts would be forgotten too early");
    }
    config.introspect_batch = settings.count("INTROSPECT_BATCH", proto::kIntrospectBatch, proto::kIntrospectGathered,
                                             proto::kIntrospectBatch);
    config.log_level = web::read_log_level(settings);
    config.log_queue = settings.count("LOG_QUEUE", 8192, 16, 1'000'000);
    return config;
}

}  // namespace gatehouse::session
