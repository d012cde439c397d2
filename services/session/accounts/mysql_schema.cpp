#include "session/accounts/mysql_schema.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "session/accounts/schema_steps.hpp"

namespace gatehouse::session {
namespace {

// Compared as bytes: a case-insensitive collation takes josé for jose, and one hash for another.
#define GATEHOUSE_TABLE ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
// All times are UTC, whatever the session's time zone.
#define GATEHOUSE_TIME "DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))"

// Each statement may be run again.
const std::vector<SchemaStep>& mysql_steps() {
    static const std::vector<SchemaStep> steps = {
        {1,
         "users",
         {"CREATE TABLE IF NOT EXISTS users ("
          " user_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
          " full_name VARCHAR(255) NOT NULL DEFAULT '',"
          " email VARCHAR(254) NOT NULL,"
          " email_key BINARY(32) NULL,"
          " password_hash VARCHAR(255) NOT NULL,"
          " role VARCHAR(64) NOT NULL DEFAULT 'user',"
          " status VARCHAR(32) NOT NULL DEFAULT 'active',"
          " session_epoch BIGINT NOT NULL DEFAULT 0,"
          " created_at " GATEHOUSE_TIME ","
          " updated_at " GATEHOUSE_TIME ","
          " last_login_at DATETIME(6) NULL,"
          " UNIQUE KEY users_email_key (email_key),"
          " KEY users_session_epoch (session_epoch)" GATEHOUSE_TABLE,
          "CREATE TABLE IF NOT EXISTS deleted_users ("
          " user_id BIGINT NOT NULL PRIMARY KEY,"
          " session_epoch BIGINT NOT NULL,"
          " deleted_at " GATEHOUSE_TIME ","
          " KEY deleted_users_session_epoch (session_epoch)" GATEHOUSE_TABLE}},
        {2,
         "login_attempts",
         {"CREATE TABLE IF NOT EXISTS login_attempts ("
          " attempt_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
          " email_key BINARY(32) NOT NULL,"
          " user_id BIGINT NULL,"
          " ip_address VARCHAR(45) NOT NULL DEFAULT '',"
          " user_agent VARCHAR(255) NOT NULL DEFAULT '',"
          " state ENUM('pending', 'success', 'failed') NOT NULL,"
          " client_class VARCHAR(32) NOT NULL DEFAULT '',"
          " attempted_at " GATEHOUSE_TIME ","
          " KEY login_attempts_email_key (email_key, attempt_id),"
          " KEY login_attempts_attempted_at (attempted_at)" GATEHOUSE_TABLE,
          "CREATE TABLE IF NOT EXISTS throttle_slots (slot SMALLINT NOT NULL PRIMARY KEY" GATEHOUSE_TABLE,
          "INSERT IGNORE INTO throttle_slots (slot) WITH RECURSIVE digit (n) AS"
          " (SELECT 0 UNION ALL SELECT n + 1 FROM digit WHERE n < 31)"
          " SELECT 32 * high.n + low.n FROM digit AS high CROSS JOIN digit AS low"}},
        {3,
         "library",
         {"CREATE TABLE IF NOT EXISTS books ("
          " book_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL,"
          " author VARCHAR(255) NOT NULL DEFAULT '', isbn VARCHAR(20) NULL UNIQUE, category VARCHAR(100) NULL,"
          " total_copies INT NOT NULL DEFAULT 1, available_copies INT NOT NULL DEFAULT 1,"
          " created_at " GATEHOUSE_TIME GATEHOUSE_TABLE,
          "CREATE TABLE IF NOT EXISTS borrow_records ("
          " record_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, book_id BIGINT NOT NULL,"
          " borrowed_at " GATEHOUSE_TIME ", due_at DATETIME(6) NOT NULL, returned_at DATETIME(6) NULL,"
          " status VARCHAR(32) NOT NULL DEFAULT 'borrowed',"
          " KEY borrow_records_user_id (user_id), FOREIGN KEY (book_id) REFERENCES books (book_id)" GATEHOUSE_TABLE,
          "CREATE TABLE IF NOT EXISTS fines ("
          " fine_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, record_id BIGINT NULL,"
          " amount_cents INT NOT NULL, reason VARCHAR(255) NOT NULL DEFAULT '',"
          " status VARCHAR(32) NOT NULL DEFAULT 'unpaid', created_at " GATEHOUSE_TIME ", paid_at DATETIME(6) NULL,"
          " KEY fines_user_id (user_id), FOREIGN KEY (record_id) REFERENCES borrow_records (record_id)" GATEHOUSE_TABLE,
          "CREATE TABLE IF NOT EXISTS view_log ("
          " view_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, book_id BIGINT NOT NULL,"
          " viewed_at " GATEHOUSE_TIME ","
          " KEY view_log_user_id (user_id), FOREIGN KEY (book_id) REFERENCES books (book_id)" GATEHOUSE_TABLE},
         LibraryTables::on}};
    return steps;
}

constexpr const char* kMysqlMigrations =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL,"
    " applied_at " GATEHOUSE_TIME GATEHOUSE_TABLE;

#undef GATEHOUSE_TABLE
#undef GATEHOUSE_TIME

// By which a table of a step that was cut short is told from somebody else's.
struct Table {
    const char* name;
    std::vector<std::string> ours;
};
const std::vector<Table>& known_tables() {
    static const std::vector<Table> tables = {
        {"schema_migrations", {"version", "name", "applied_at"}},
        {"users", {"user_id", "full_name", "email", "email_key", "password_hash", "role", "status", "session_epoch"}},
        {"deleted_users", {"user_id", "session_epoch", "deleted_at"}},
        {"login_attempts", {"attempt_id", "email_key", "user_id", "state", "client_class", "attempted_at"}},
        {"throttle_slots", {"slot"}}};
    return tables;
}

std::set<std::string> columns(mysql::Connection& db, std::string_view table) {
    std::set<std::string> names;
    auto rows = db.query(
        "SELECT LOWER(column_name) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?",
        {table});
    while (rows.next()) names.insert(rows.text(0));
    return names;
}

// The versions that the database has; refuses tables of others and a newer version.
Result<std::set<int>> applied_versions(mysql::Connection& db) {
    bool has_ledger = false;
    for (const Table& table : known_tables()) {
        const auto found = columns(db, table.name);
        if (found.empty()) continue;
        if (!std::ranges::all_of(table.ours, [&](const auto& column) { return found.contains(column); })) {
            return not_ours(table.name, found);
        }
        has_ledger = has_ledger || std::string_view(table.name) == "schema_migrations";
    }
    std::set<int> versions;
    if (!has_ledger) return versions;
    auto rows = db.query("SELECT version FROM schema_migrations");
    while (rows.next()) versions.insert(static_cast<int>(rows.integer(0)));
    return known_versions(std::move(versions), mysql_steps());
}

// Named after the database, because the lock is the server's. At most 64 characters. (MySQL 9 has no MD5().)
constexpr const char* kLockName = "CONCAT('gatehouse.', LEFT(SHA2(DATABASE(), 256), 32))";

// Held while one instance migrates; the server releases it when its holder's connection ends.
class MigrationLock {
public:
    explicit MigrationLock(mysql::Connection& db) : db_(db) {}
    ~MigrationLock() {
        if (!held_) return;
        try {
            (void)db_.query(fmt::format("SELECT RELEASE_LOCK({})", kLockName));
        } catch (const mysql::Failure& failure) {  // the lock goes with the connection then
            log::failure("accounts.migration_lock", failure.error());
        }
    }
    MigrationLock(const MigrationLock&) = delete;
    MigrationLock& operator=(const MigrationLock&) = delete;

    // Asks for a second at a time, which stays below the shortest read timeout that makes sense.
    [[nodiscard]] bool acquire(std::chrono::seconds limit) {
        for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
            auto rows = db_.query(fmt::format("SELECT GET_LOCK({}, 1)", kLockName));
            if (rows.next() && rows.integer(0) == 1) return held_ = true;
        }
        return false;
    }

private:
    mysql::Connection& db_;
    bool held_ = false;
};

Result<void> migrate_locked(mysql::Connection& db, const SchemaOptions& options) {
    auto applied = applied_versions(db);
    if (!applied) return std::unexpected(applied.error());
    for (const SchemaStep& step : mysql_steps()) {
        if (!wanted(step, options) || applied->contains(step.version)) continue;
        db.run(kMysqlMigrations);
        options.after_statement();
        for (const std::string& statement : step.statements) {
            db.run(statement);
            options.after_statement();
        }
        db.execute("INSERT INTO schema_migrations (version, name) VALUES (?, ?)",
                   {std::int64_t{step.version}, step.name});
        options.after_statement();
    }
    return {};
}

}  // namespace

Result<std::vector<MigrationStep>> plan_mysql(mysql::Pool& pool, const SchemaOptions& options) {
    auto applied = pool.read([](mysql::Connection& db) { return applied_versions(db); });
    if (!applied) return std::unexpected(applied.error());
    return plan_of(mysql_steps(), *applied, options);
}

Result<void> migrate_mysql(mysql::Pool& pool, const SchemaOptions& options) {
    // Outside a transaction, which DDL would end; every statement may be run again, so the pool may too.
    return pool.read([&](mysql::Connection& db) -> Result<void> {
        MigrationLock lock(db);
        if (!lock.acquire(std::chrono::seconds(60))) {
            return fail(Errc::timeout, "another instance has been migrating the database for a minute");
        }
        return migrate_locked(db, options);
    });
}

}  // namespace gatehouse::session
