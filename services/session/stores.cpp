#include "session/stores.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "session/accounts/mysql_account_store.hpp"
#include "session/accounts/sqlite_account_store.hpp"
#include "session/sessions/redis_session_store.hpp"

namespace gatehouse::session {
namespace {

namespace fs = std::filesystem;

// Only we may look into it: the file holds password hashes.
Result<void> make_private_directory(const fs::path& directory) {
    std::error_code error;
    if (directory.empty() || fs::is_directory(directory, error)) return {};
    fs::create_directories(directory, error);
    if (!error) fs::permissions(directory, fs::perms::owner_all, error);
    if (error)
        return fail(Errc::invalid_input, "DATA_DIR " + directory.string() + " cannot be made: " + error.message());
    return {};
}

Result<std::unique_ptr<AccountStore>> make_sqlite(const DatabaseConfig& config) {
    if (auto made = make_private_directory(fs::path(config.sqlite_path).parent_path()); !made) {
        return std::unexpected(made.error());
    }
    SqliteOptions options;
    options.path = config.sqlite_path;
    options.readers = std::max<std::size_t>(1, config.pool.threads - 1);
    options.schema = config.schema;
    return make_sqlite_account_store(std::move(options));
}

}  // namespace

Result<std::unique_ptr<AccountStore>> make_account_store(DatabaseConfig& config) {
    if (config.kind == UserStoreKind::sqlite) return make_sqlite(config);
    MysqlOptions options;
    options.pool.server = std::move(config.mysql);
    options.pool.connections = config.pool.threads;
    options.pool.wait = config.pool.wait;
    options.schema = config.schema;
    return make_mysql_account_store(std::move(options));
}

SessionStores::SessionStores(const SessionsConfig& config, const Clock& clock) : config_(config) {
    if (config.kind == SessionStoreKind::memory) memory_ = make_memory_sessions(clock, config.limits);
}

LoopSessions SessionStores::make(Loop& loop) {
    LoopSessions made;
    if (memory_) {
        made.store = make_memory_session_store(memory_);
        return made;
    }
    made.client = std::make_unique<redis::Client>(loop, config_.redis.copy());
    made.store = make_redis_session_store(*made.client, config_.limits);
    return made;
}

}  // namespace gatehouse::session
