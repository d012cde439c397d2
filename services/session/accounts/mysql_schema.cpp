#include "session/accounts/mysql_schema.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "session/accounts/adoption.hpp"
#include "session/accounts/found_table.hpp"
#include "session/accounts/mysql_ddl.hpp"
#include "session/accounts/schema_steps.hpp"
#include "session/accounts/users_check.hpp"

namespace gatehouse::session {
namespace {

constexpr int kUsersVersion = 1;

// By which a table of a step that was cut short is told from somebody else's. users and login_attempts of others are
// lived with: adoption.hpp.
struct Table {
    const char* name;
    std::vector<std::string> ours;
};
const std::vector<Table>& own_tables() {
    static const std::vector<Table> tables = {{"schema_migrations", {"version", "name", "applied_at"}},
                                              {"deleted_users", {"user_id", "session_epoch", "deleted_at"}},
                                              {"gh_login_attempts", attempts_columns()},
                                              {"throttle_slots", {"slot"}}};
    return tables;
}

// The versions that the database has; refuses tables of others and a newer version.
Result<std::set<int>> applied_versions(mysql::Connection& db, const std::vector<SchemaStep>& steps) {
    bool has_ledger = false;
    for (const Table& table : own_tables()) {
        const auto found = find_table(db, table.name);
        if (!found) continue;
        if (!std::ranges::all_of(table.ours, [&](const auto& column) { return found->column(column); })) {
            std::set<std::string> names;
            for (const auto& column : found->columns) names.insert(column.name);
            return not_ours(table.name, names);
        }
        has_ledger = has_ledger || std::string_view(table.name) == "schema_migrations";
    }
    std::set<int> versions;
    if (!has_ledger) return versions;
    auto rows = db.query("SELECT version FROM schema_migrations");
    while (rows.next()) versions.insert(static_cast<int>(rows.integer(0)));
    return known_versions(std::move(versions), steps);
}

struct Look {
    UserTable table;
    std::vector<SchemaStep> steps;
    std::set<int> applied;
    bool to_adopt = false;  // a users table is there, and not in the ledger

    [[nodiscard]] bool missing(const SchemaStep& step, const SchemaOptions& options) const {
        return wanted(step, options) && !applied.contains(step.version);
    }
    [[nodiscard]] bool complete(const SchemaOptions& options) const {
        return std::ranges::none_of(steps, [&](const auto& step) { return missing(step, options); });
    }
};

// What this database has and what it lacks, by its catalogue alone. Changes nothing.
Result<Look> look_at(mysql::Connection& db) {
    Look look;
    SchemaStep users{kUsersVersion, "users", create_users(), {}};
    const auto found = find_table(db, "users");
    if (found) {
        auto adoption = adopt(*found);
        if (!adoption) return std::unexpected(std::move(adoption).error());
        users.statements = std::move(adoption->alters);
        if (is_foreign(*found)) users.found = std::move(adoption->found);
        look.table = std::move(adoption->table);
    }
    const bool altered = !found || !users.statements.empty();
    if (found) users.statements.push_back(create_deleted_users());
    const auto theirs = find_table(db, "login_attempts");
    look.table.attempts = attempts_table(found, theirs, find_table(db, "gh_login_attempts"));
    SchemaStep attempts{2, "login_attempts", create_attempts(look.table.attempts), {}};
    if (theirs && look.table.attempts != "login_attempts") {
        attempts.found.push_back(fmt::format("login_attempts is another program's ({}): it stays as it is, ours is {}",
                                             theirs->shape(), look.table.attempts));
    }
    look.steps = {std::move(users), std::move(attempts), {3, "library", create_library(), {}, LibraryTables::on}};
    auto applied = applied_versions(db, look.steps);
    if (!applied) return std::unexpected(std::move(applied).error());
    look.applied = *std::move(applied);
    look.to_adopt = found && !look.applied.contains(kUsersVersion);
    if (altered) look.applied.erase(kUsersVersion);  // somebody took a column away
    return look;
}

// The same, with all rows of a table that is to be adopted read.
Result<Look> look_closely(mysql::Connection& db) {
    auto look = look_at(db);
    if (!look || !look->to_adopt) return look;
    auto rows = check_users(db, look->table);
    if (!rows) return std::unexpected(std::move(rows).error());
    auto& lines = look->steps.front().found;
    lines.insert(lines.end(), rows->begin(), rows->end());
    return look;
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

Result<UserTable> migrate_locked(mysql::Connection& db, const SchemaOptions& options) {
    const auto look = look_closely(db);
    if (!look) return std::unexpected(look.error());
    // Behind an ALTER that waits for somebody's transaction everybody else on the table waits too.
    db.run("SET SESSION lock_wait_timeout = 5");
    // A table that was made outside strict mode may have a date of zero as a default (1067), and rows with it.
    db.run("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
    for (const SchemaStep& step : look->steps) {
        if (!look->missing(step, options)) continue;
        db.run(create_ledger());
        options.after_statement();
        for (const std::string& statement : step.statements) {
            db.run(statement);
            options.after_statement();
        }
        db.execute("INSERT IGNORE INTO schema_migrations (version, name) VALUES (?, ?)",
                   {std::int64_t{step.version}, step.name});
        options.after_statement();
    }
    return look->table;
}

}  // namespace

Result<MysqlPlan> plan_mysql(mysql::Pool& pool, const SchemaOptions& options, ReadRows rows) {
    auto look =
        pool.read([rows](mysql::Connection& db) { return rows == ReadRows::yes ? look_closely(db) : look_at(db); });
    if (!look) return std::unexpected(look.error());
    auto steps = plan_of(look->steps, look->applied, options);
    return MysqlPlan{std::move(look->table), std::move(steps)};
}

Result<UserTable> migrate_mysql(mysql::Pool& pool, const SchemaOptions& options) {
    auto look = pool.read([](mysql::Connection& db) { return look_at(db); });
    if (!look) return std::unexpected(std::move(look).error());
    if (look->complete(options)) return std::move(look->table);
    // Outside a transaction, which DDL would end. A large table takes its time: an answer is waited for as long as
    // that.
    return pool.alone(std::chrono::minutes(10), [&](mysql::Connection& db) -> Result<UserTable> {
        MigrationLock lock(db);
        if (!lock.acquire(std::chrono::seconds(60))) {
            return fail(Errc::timeout, "another instance has been migrating the database for a minute");
        }
        return migrate_locked(db, options);
    });
}

}  // namespace gatehouse::session
