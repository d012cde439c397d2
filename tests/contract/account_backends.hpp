// The databases that the account contract runs against. Each object is a fresh, empty database.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>

#include "mysql/connection.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/mysql_account_store.hpp"
#include "session/accounts/sqlite_account_store.hpp"
#include "sqlite/connection.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/mariadb_server.hpp"
#include "support/process.hpp"

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

// A database of its own on the server that GATEHOUSE_TEST_MYSQL_HOST, PORT, USER and PASSWORD name, or on a private
// MariaDB that all tests of the process share.
class MysqlAccounts {
public:
    static constexpr const char* kUsersOfOthers = "CREATE TABLE users (id INT PRIMARY KEY, email TEXT, password TEXT)";

    MysqlAccounts() {
        static std::atomic<unsigned> number{0};
        name_ = "gatehouse_test_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
        mysql::Connection(server("")).run("CREATE DATABASE " + name_);
    }
    ~MysqlAccounts() {
        try {
            mysql::Connection(server("")).run("DROP DATABASE " + name_);
        } catch (const mysql::Failure& failure) {
            UNSCOPED_INFO(failure.what());
        }
    }
    MysqlAccounts(const MysqlAccounts&) = delete;
    MysqlAccounts& operator=(const MysqlAccounts&) = delete;

    [[nodiscard]] std::unique_ptr<session::AccountStore> open(session::SchemaOptions schema = {},
                                                              std::size_t connections = 8) {
        return session::make_mysql_account_store(
            {{.server = server(name_), .connections = connections}, std::move(schema)});
    }

    // The server's clock goes on by itself: everything that is stored becomes older instead.
    void pass(std::chrono::milliseconds time) {
        const auto ms = std::to_string(time.count());
        sql("UPDATE login_attempts SET attempted_at = attempted_at - INTERVAL " + ms + " * 1000 MICROSECOND");
        sql("UPDATE users SET session_epoch = GREATEST(session_epoch - " + ms + ", 0)");
    }

    void sql(const std::string& statement) { mysql::Connection(server(name_)).run(statement); }

    [[nodiscard]] std::string ask(const std::string& query) {
        mysql::Connection connection(server(name_));
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

    // How to reach the server, with `database` selected if it is not empty.
    [[nodiscard]] static mysql::Options server(const std::string& database);

private:
    std::string name_;
};

inline mysql::Options MysqlAccounts::server(const std::string& database) {
    auto variable = [](const char* name, const char* fallback) {
        const char* value = std::getenv(name);
        return std::string(value ? value : fallback);
    };
    mysql::Options options;
    options.database = database;
    options.read_timeout = std::chrono::seconds(30);  // sanitizers and a busy machine: the contract is not about speed
    if (std::getenv("GATEHOUSE_TEST_MYSQL_HOST") != nullptr) {
        options.host = variable("GATEHOUSE_TEST_MYSQL_HOST", "");
        options.port = static_cast<std::uint16_t>(std::stoi(variable("GATEHOUSE_TEST_MYSQL_PORT", "3306")));
        options.user = variable("GATEHOUSE_TEST_MYSQL_USER", "root");
        options.password = Secret(std::string_view(variable("GATEHOUSE_TEST_MYSQL_PASSWORD", "")));
        if (variable("GATEHOUSE_TEST_MYSQL_TLS", "preferred") == "off") options.tls = mysql::TlsMode::off;
        if (variable("GATEHOUSE_TEST_MYSQL_TLS", "preferred") == "required") options.tls = mysql::TlsMode::required;
        return options;
    }
    static MariadbServer mariadb;
    options.unix_socket = mariadb.socket_path();
    options.user = MariadbServer::kUser;
    options.password = Secret(std::string_view(MariadbServer::kPassword));
    return options;
}

}  // namespace gatehouse::test
