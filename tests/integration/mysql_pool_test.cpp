// libs/mysql against a private MariaDB: what it promises when all is well, and TLS.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "mysql/pool.hpp"
#include "support/catch.hpp"
#include "support/mysql_fixture.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;
using mysql::Connection;

TEST_CASE("a session is READ COMMITTED, in UTC, strict, utf8mb4, and waits a second for a lock") {
    Connection db(options_of(shared_mariadb()));
    auto rows = db.query(
        "SELECT @@tx_isolation, @@time_zone, @@innodb_lock_wait_timeout, @@character_set_client, @@autocommit, "
        "@@sql_mode");
    REQUIRE(rows.next());
    CHECK(rows.text(0) == "READ-COMMITTED");
    CHECK(rows.text(1) == "+00:00");
    CHECK(rows.integer(2) == 1);
    CHECK(rows.text(3) == "utf8mb4");
    CHECK(rows.integer(4) == 1);
    CHECK(rows.text(5).find("STRICT_TRANS_TABLES") != std::string::npos);
}

TEST_CASE("values come back from MySQL as they went in") {
    Connection db(options_of(shared_mariadb()));
    std::vector<std::uint8_t> bytes(256);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    const std::string text("it's \"é 🦉\0;", 15);
    auto rows =
        db.query("SELECT ?, UNHEX(?), ?, ?", {text, std::span(std::as_const(bytes)), std::int64_t{-5}, mysql::Value()});
    REQUIRE(rows.next());
    CHECK(rows.text(0) == text);
    CHECK(rows.text(1) == std::string(bytes.begin(), bytes.end()));
    CHECK(rows.integer(2) == -5);
    CHECK(rows.null(3));
    CHECK(rows.text(3).empty());
    CHECK_FALSE(rows.next());
}

TEST_CASE("a job that answers an error is rolled back, one that answers a value is committed") {
    Numbers numbers;
    auto failed = numbers.pool.write([](Connection& db) -> Result<void> {
        db.execute("INSERT INTO numbers (id, n) VALUES (7, 7)");
        return fail(Errc::denied, "no");
    });
    CHECK(failed.error().code == Errc::denied);
    CHECK(numbers.sum() == 0);
    REQUIRE(numbers.pool.write([](Connection& db) -> Result<void> {
        db.execute("INSERT INTO numbers (id, n) VALUES (7, 7)");
        return {};
    }));
    CHECK(numbers.sum() == 7);
    CHECK(numbers.pool.open() == 1);
}

TEST_CASE("errors of a statement become ours, and the connection is kept") {
    Numbers numbers;
    auto code_of = [&](const char* sql) {
        return numbers.pool.write([&](Connection& db) -> Result<std::int64_t> { return db.execute(sql); }).error().code;
    };
    const auto before = numbers.connection_id();
    CHECK(code_of("INSERT INTO numbers (id, n) VALUES (1, 1)") == Errc::conflict);
    CHECK(code_of("INSERT INTO numbers (id, n) VALUES (8, NULL)") == Errc::refused);
    CHECK(code_of("INSERT INTO numbers (id, n) VALUES (9, 'a text')") == Errc::refused);
    CHECK(code_of("SELECT nonsense FROM numbers") == Errc::internal);
    CHECK(numbers.connection_id() == before);
}

TEST_CASE("a value that is refused is not told") {
    Numbers numbers;
    auto detail_of = [&](const char* sql) {
        return numbers.pool.write([&](Connection& db) -> Result<std::int64_t> { return db.execute(sql); })
            .error()
            .detail;
    };
    CHECK(detail_of("INSERT INTO numbers (id, n) VALUES (1, 1)").find("'1'") == std::string::npos);
    CHECK(detail_of("INSERT INTO numbers (id, n) VALUES (9, 'a text')").find("a text") == std::string::npos);
    CHECK(detail_of("INSERT INTO numbers (id, n) VALUES (9, CAST('a text' AS INT))").find("a text") ==
          std::string::npos);
}

TEST_CASE("no more connections than allowed; who waits too long is answered overloaded") {
    Numbers numbers(2, 50ms);
    auto nested = numbers.pool.read([&](Connection&) -> Result<void> {
        return numbers.pool.read([&](Connection&) -> Result<void> {
            const auto began = std::chrono::steady_clock::now();
            auto third = numbers.pool.read([](Connection&) -> Result<void> { return {}; });
            CHECK(third.error().code == Errc::overloaded);
            CHECK(std::chrono::steady_clock::now() - began >= 50ms);
            return {};
        });
    });
    CHECK(nested);
    CHECK(numbers.pool.open() == 2);
}

TEST_CASE("two that lock in opposite order both get through: a deadlock is tried again") {
    Numbers numbers;
    std::atomic<int> runs{0};
    std::atomic<int> locked{0};
    auto lock_both = [&](int first, int second) {
        return numbers.pool.write([&, first, second](Connection& db) -> Result<void> {
            ++runs;
            db.execute("UPDATE numbers SET n = n + 1 WHERE id = ?", {std::int64_t{first}});
            ++locked;
            eventually([&] { return locked >= 2; }, 1s);  // both hold their first row
            db.execute("UPDATE numbers SET n = n + 1 WHERE id = ?", {std::int64_t{second}});
            return {};
        });
    };
    Result<void> one;
    Result<void> two;
    {
        std::jthread a([&] { one = lock_both(1, 2); });
        std::jthread b([&] { two = lock_both(2, 1); });
    }
    CHECK(one);
    CHECK(two);
    CHECK(runs == 3);
    CHECK(numbers.sum() == 4);
}

TEST_CASE("a lock that is held for longer than a second is answered overloaded") {
    Numbers numbers;
    auto held = numbers.pool.write([&](Connection& db) -> Result<void> {
        db.execute("UPDATE numbers SET n = 1 WHERE id = 1");
        auto blocked = numbers.pool.write([](Connection& other) -> Result<std::int64_t> {
            return other.execute("UPDATE numbers SET n = 2 WHERE id = 1");
        });
        CHECK(blocked.error().code == Errc::overloaded);
        return {};
    });
    CHECK(held);
    CHECK(numbers.sum() == 1);
}
