// What the tests of libs/mysql share: a small table with a pool on it. They know that their server is a MariaDB.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mysql/pool.hpp"
#include "support/catch.hpp"
#include "support/mariadb_server.hpp"
#include "support/test_mysql.hpp"

namespace gatehouse::test {

// Over TCP, with the shortest timeouts: a second, an answer two.
inline mysql::Options options_of(const MariadbServer& server, const std::string& database = "") {
    mysql::Options options;
    options.port = server.port();
    options.user = MariadbServer::kUser;
    options.password = Secret(std::string_view(MariadbServer::kPassword));
    options.database = database;
    options.connect_timeout = options.read_timeout = options.write_timeout = std::chrono::seconds(1);
    return options;
}

// Statements behind the pool's back.
inline void run_sql(const MariadbServer& server, const std::vector<std::string>& statements) {
    auto options = options_of(server);
    options.unix_socket = server.socket_path();
    mysql::Connection connection(options);
    for (const auto& statement : statements) connection.run(statement);
}

// A table numbers (id, n) with the rows (1, 0) and (2, 0) in a database of its own.
class Numbers {
public:
    explicit Numbers(std::size_t connections = 4, std::chrono::milliseconds wait = std::chrono::seconds(1),
                     MariadbServer& on = shared_mariadb())
        : server(on), pool({.server = prepared(on), .connections = connections, .wait = wait}) {}

    Result<std::int64_t> try_sum() {
        return pool.read([](mysql::Connection& db) -> Result<std::int64_t> {
            auto rows = db.query("SELECT CAST(SUM(n) AS SIGNED) FROM numbers");
            return rows.next() ? rows.integer(0) : -1;
        });
    }
    std::int64_t sum() {
        auto result = try_sum();
        if (!result) FAIL(describe(result.error()));
        return *result;
    }
    Result<void> add(int id, int amount) {
        return pool.write([&](mysql::Connection& db) -> Result<void> {
            db.execute("UPDATE numbers SET n = n + ? WHERE id = ?", {std::int64_t{amount}, std::int64_t{id}});
            return {};
        });
    }
    // Of the connection that a lone caller gets.
    std::int64_t connection_id() {
        return pool
            .read([](mysql::Connection& db) -> Result<std::int64_t> {
                auto rows = db.query("SELECT CONNECTION_ID()");
                return rows.next() ? rows.integer(0) : -1;
            })
            .value();
    }

    MariadbServer& server;
    mysql::Pool pool;

private:
    static mysql::Options prepared(MariadbServer& server) {
        run_sql(server, {"DROP DATABASE IF EXISTS numbers", "CREATE DATABASE numbers",
                         "CREATE TABLE numbers.numbers (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB",
                         "INSERT INTO numbers.numbers VALUES (1, 0), (2, 0)"});
        return options_of(server, "numbers");
    }
};

}  // namespace gatehouse::test
