#include "session/accounts/sqlite_schema.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "session/accounts/schema_steps.hpp"

namespace gatehouse::session {
namespace {

// Times are unix milliseconds. A default, so that a person can insert a row by hand.
#define GATEHOUSE_NOW "(CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER))"

const std::vector<SchemaStep>& sqlite_steps() {
    static const std::vector<SchemaStep> steps = {
        {1,
         "users",
         {"CREATE TABLE users ("
          " user_id INTEGER PRIMARY KEY AUTOINCREMENT,"  // an id is never given twice: sessions are filed by it
          " full_name TEXT NOT NULL DEFAULT '',"
          " email TEXT NOT NULL,"
          " email_key BLOB UNIQUE CHECK (length(email_key) = 32),"
          " password_hash TEXT NOT NULL,"
          " role TEXT NOT NULL DEFAULT 'user',"
          " status TEXT NOT NULL DEFAULT 'active',"
          " session_epoch INTEGER NOT NULL DEFAULT 0,"
          " created_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ","
          " updated_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ","
          " last_login_at INTEGER) STRICT",
          "CREATE INDEX users_session_epoch ON users (session_epoch)",
          "CREATE TABLE deleted_users ("
          " user_id INTEGER PRIMARY KEY,"
          " session_epoch INTEGER NOT NULL,"
          " deleted_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ") STRICT",
          "CREATE INDEX deleted_users_session_epoch ON deleted_users (session_epoch)"}},
        {2,
         "login_attempts",
         {"CREATE TABLE login_attempts ("
          " attempt_id INTEGER PRIMARY KEY AUTOINCREMENT,"
          " email_key BLOB NOT NULL CHECK (length(email_key) = 32),"
          " user_id INTEGER,"
          " ip_address TEXT NOT NULL DEFAULT '',"
          " user_agent TEXT NOT NULL DEFAULT '',"
          " state TEXT NOT NULL CHECK (state IN ('pending', 'success', 'failed')),"
          " client_class TEXT NOT NULL DEFAULT '',"
          " attempted_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ") STRICT",
          "CREATE INDEX login_attempts_email_key ON login_attempts (email_key, attempt_id)",
          "CREATE INDEX login_attempts_attempted_at ON login_attempts (attempted_at)"}},
        {3,
         "library",
         {"CREATE TABLE books ("
          " book_id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, author TEXT NOT NULL DEFAULT '',"
          " isbn TEXT UNIQUE, category TEXT, total_copies INTEGER NOT NULL DEFAULT 1,"
          " available_copies INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ") STRICT",
          "CREATE TABLE borrow_records ("
          " record_id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,"
          " book_id INTEGER NOT NULL REFERENCES books (book_id), borrowed_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW
          ","
          " due_at INTEGER NOT NULL, returned_at INTEGER, status TEXT NOT NULL DEFAULT 'borrowed') STRICT",
          "CREATE INDEX borrow_records_user_id ON borrow_records (user_id)",
          "CREATE TABLE fines ("
          " fine_id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,"
          " record_id INTEGER REFERENCES borrow_records (record_id), amount_cents INTEGER NOT NULL,"
          " reason TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT 'unpaid',"
          " created_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ", paid_at INTEGER) STRICT",
          "CREATE INDEX fines_user_id ON fines (user_id)",
          "CREATE TABLE view_log ("
          " view_id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,"
          " book_id INTEGER NOT NULL REFERENCES books (book_id),"
          " viewed_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ") STRICT",
          "CREATE INDEX view_log_user_id ON view_log (user_id)"},
         {},
         LibraryTables::on}};
    return steps;
}

constexpr const char* kSqliteMigrations =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL DEFAULT " GATEHOUSE_NOW ") STRICT";

#undef GATEHOUSE_NOW

// A table's columns, empty if there is no such table.
std::set<std::string> columns(sqlite::Connection& db, std::string_view table) {
    std::set<std::string> names;
    auto rows = db.query("SELECT name FROM pragma_table_info(?)", {table});
    while (rows.next()) names.insert(rows.text(0));
    return names;
}

// The versions that the file has; refuses a file of others and one of a newer version.
Result<std::set<int>> applied_versions(sqlite::Connection& db) {
    std::set<int> versions;
    const auto ledger = columns(db, "schema_migrations");
    if (ledger.contains("version") && ledger.contains("name") && ledger.contains("applied_at")) {
        auto rows = db.query("SELECT version FROM schema_migrations");
        while (rows.next()) versions.insert(static_cast<int>(rows.integer(0)));
    } else if (!ledger.empty()) {
        return not_ours("schema_migrations", ledger);
    }
    if (versions.empty()) {
        for (const char* table : {"users", "deleted_users", "login_attempts"}) {
            if (auto found = columns(db, table); !found.empty()) return not_ours(table, found);
        }
    }
    return known_versions(std::move(versions), sqlite_steps());
}

// False: nothing was left to do.
Result<bool> apply_next(sqlite::Pool& pool, const SchemaOptions& options) {
    return pool.write([&](sqlite::Connection& db) -> Result<bool> {
        auto applied = applied_versions(db);
        if (!applied) return std::unexpected(applied.error());
        auto missing = [&](const SchemaStep& step) {
            return wanted(step, options) && !applied->contains(step.version);
        };
        const auto next = std::ranges::find_if(sqlite_steps(), missing);
        if (next == sqlite_steps().end()) return false;
        db.run(kSqliteMigrations);
        for (const std::string& statement : next->statements) {
            db.run(statement);
            options.after_statement();
        }
        db.execute("INSERT INTO schema_migrations (version, name) VALUES (?, ?)",
                   {std::int64_t{next->version}, next->name});
        options.after_statement();
        return true;
    });
}

}  // namespace

Result<std::vector<MigrationStep>> plan_sqlite(sqlite::Pool& pool, const SchemaOptions& options) {
    std::set<int> applied;
    if (std::filesystem::exists(pool.path())) {
        auto versions = pool.read([](sqlite::Connection& db) { return applied_versions(db); });
        if (!versions) return std::unexpected(versions.error());
        applied = *std::move(versions);
    }
    return plan_of(sqlite_steps(), applied, options);
}

Result<void> migrate_sqlite(sqlite::Pool& pool, const SchemaOptions& options) {
    while (true) {
        auto more = apply_next(pool, options);
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
    }
}

}  // namespace gatehouse::session
