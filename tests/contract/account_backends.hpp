// The databases that the account contract runs against. Each object is a fresh, empty database.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "mysql/connection.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/mysql_account_store.hpp"
#include "session/accounts/sqlite_account_store.hpp"
#include "sqlite/connection.hpp"
#include "support/fake_clock.hpp"
#include "support/process.hpp"
#include "support/test_mysql.hpp"

namespace gatehouse::test {

class SqliteAccounts {
public:
    static constexpr const char* kUsersOfOthers =
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT)";

    // A further store on the same database; `connections` of its calls can run at once.
    [[nodiscard]] std::unique_ptr<session::AccountStore> open(session::SchemaOptions schema = {},
                                                              std::size_t connections = 8) {
        return session::make_sqlite_account_store(
            {.path = path(), .readers = connections, .clock = clock_, .schema = std::move(schema)});
    }

    // Lets time go by in the database.
    void pass(std::chrono::milliseconds time) { clock_.advance(time); }

    // Runs a statement behind the store's back, as a person with a shell would.
    void sql(const std::string& statement) { connect()->run(statement); }

    // The first column of all rows of a query, one a line.
    [[nodiscard]] std::string ask(const std::string& query) {
        auto connection = connect();
        auto rows = connection->query(query);
        std::string lines;
        while (rows.next()) lines += rows.text(0) + "\n";
        return lines;
    }

    // All that there is, to be compared.
    [[nodiscard]] std::string schema() {
        if (!std::filesystem::exists(path())) return {};
        return ask("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
    }

    [[nodiscard]] std::string path() const { return directory_ / "accounts.db"; }

private:
    std::unique_ptr<sqlite::Connection> connect() {
        return std::make_unique<sqlite::Connection>(path(), sqlite::Connection::Access::write,
                                                    std::chrono::milliseconds(1000), clock_);
    }

    TempDir directory_;
    FakeClock clock_;
};

class MysqlAccounts {
public:
    static constexpr const char* kUsersOfOthers = "CREATE TABLE users (id INT PRIMARY KEY, email TEXT, password TEXT)";

    [[nodiscard]] std::unique_ptr<session::AccountStore> open(session::SchemaOptions schema = {},
                                                              std::size_t connections = 8) {
        return session::make_mysql_account_store(
            {{.server = database_.options(), .connections = connections}, std::move(schema)});
    }

    // The server's clock goes on by itself: everything that is stored becomes older instead.
    void pass(std::chrono::milliseconds time) {
        const auto ms = std::to_string(time.count());
        sql("UPDATE login_attempts SET attempted_at = attempted_at - INTERVAL " + ms + " * 1000 MICROSECOND");
        for (const std::string table : {"users", "deleted_users"}) {
            sql("UPDATE " + table + " SET session_epoch = GREATEST(session_epoch - " + ms + ", 0)");
        }
    }

    void sql(const std::string& statement) { mysql::Connection(database_.options()).run(statement); }
    [[nodiscard]] mysql::Options options() const { return database_.options(); }

    [[nodiscard]] std::string ask(const std::string& query) {
        mysql::Connection connection(database_.options());
        auto rows = connection.query(query);
        std::string lines;
        while (rows.next()) lines += rows.text(0) + "\n";
        return lines;
    }

    [[nodiscard]] std::string schema() {
        return ask("SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, column_default, "
                   "collation_name)"
                   " FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, "
                   "column_name") +
               ask("SELECT CONCAT_WS(' ', table_name, index_name, column_name, non_unique) FROM"
                   " information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1");
    }

private:
    TestDatabase database_;
};

}  // namespace gatehouse::test
