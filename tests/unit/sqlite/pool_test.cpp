#include "sqlite/pool.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/process.hpp"

using namespace gatehouse;
using namespace std::chrono_literals;
using sqlite::Connection;
using sqlite::Pool;

namespace {

class Database {
public:
    test::FakeClock clock;
    explicit Database(std::chrono::milliseconds wait = 1s) : wait_(wait) {
        REQUIRE(pool.write([](Connection& db) -> Result<void> {
            db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, parent INTEGER REFERENCES t (id))");
            return {};
        }));
    }
    Result<std::int64_t> insert(std::string_view name) {
        return pool.write([&](Connection& db) -> Result<std::int64_t> {
            db.execute("INSERT INTO t (name) VALUES (?)", {name});
            return db.last_insert_id();
        });
    }
    std::int64_t count() {
        return pool
            .read([](Connection& db) -> Result<std::int64_t> {
                auto rows = db.query("SELECT COUNT(*) FROM t");
                return rows.next() ? rows.integer(0) : -1;
            })
            .value();
    }

private:
    test::TempDir directory_;
    std::chrono::milliseconds wait_;

public:
    Pool pool{{.path = directory_ / "test.db", .readers = 2, .clock = clock, .wait = wait_, .busy = 50ms}};
};

}  // namespace

TEST_CASE("a write that answers an error is rolled back") {
    Database database;
    auto failed = database.pool.write([](Connection& db) -> Result<void> {
        db.execute("INSERT INTO t (name) VALUES ('x')");
        return fail(Errc::denied, "no");
    });
    CHECK(failed.error().code == Errc::denied);
    CHECK(database.count() == 0);
    CHECK(database.insert("y"));
    CHECK(database.count() == 1);
}

TEST_CASE("errors of SQLite become ours") {
    Database database;
    REQUIRE(database.insert("x"));
    CHECK(database.insert("x").error().code == Errc::conflict);
    auto error_of = [&](const char* sql) {
        return database.pool.write([&](Connection& db) -> Result<std::int64_t> { return db.execute(sql); })
            .error()
            .code;
    };
    CHECK(error_of("INSERT INTO t (parent) VALUES (99)") == Errc::internal);  // foreign keys are on
    CHECK(error_of("SELECT nothing") == Errc::internal);
    CHECK(database.count() == 1);
}

TEST_CASE("a file that is gone is the caller's mistake at the start, and unavailable once it was open") {
    test::TempDir directory;
    std::filesystem::create_directory(directory.path() / "data");
    const test::FakeClock clock;
    Pool pool({.path = directory / "data/test.db", .readers = 1, .clock = clock});
    auto read = [&] {
        return pool.read([](Connection& db) -> Result<void> {
            db.run("SELECT 1");
            return {};
        });
    };
    std::filesystem::remove(directory.path() / "data");
    CHECK(read().error().code == Errc::invalid_input);
    std::filesystem::create_directory(directory.path() / "data");
    CHECK(pool.write([](Connection& db) -> Result<std::int64_t> { return db.execute("CREATE TABLE t (id INTEGER)"); }));
    std::filesystem::remove_all(directory.path() / "data");
    CHECK(read().error().code == Errc::unavailable);
}

TEST_CASE("values come back as they went in") {
    Database database;
    const std::string text("a\0b'é", 6);
    const std::uint8_t bytes[] = {0, 255, 1};
    auto seen = database.pool.read([&](Connection& db) -> Result<void> {
        auto rows =
            db.query("SELECT ?, ?, ?, ?, now_ms()", {text, std::span(bytes), std::int64_t{-5}, sqlite::Value()});
        REQUIRE(rows.next());
        CHECK(rows.text(0) == text);
        CHECK(rows.text(1) == std::string("\0\xff\x01", 3));
        CHECK(rows.integer(2) == -5);
        CHECK(rows.null(3));
        CHECK(rows.text(3).empty());
        CHECK(rows.integer(4) == database.clock.now().time_since_epoch().count());
        CHECK_FALSE(rows.next());
        return {};
    });
    CHECK(seen);
}

TEST_CASE("a reader cannot write, and is not stopped by the writer") {
    Database database;
    auto written =
        database.pool.read([](Connection& db) -> Result<std::int64_t> { return db.execute("DELETE FROM t"); });
    CHECK(written.error().code == Errc::unavailable);
    auto inside = database.pool.write([&](Connection& db) -> Result<std::int64_t> {
        db.execute("INSERT INTO t (name) VALUES ('x')");
        return database.count();
    });
    CHECK(inside == 0);
    CHECK(database.count() == 1);
}

TEST_CASE("a writer that does not become free in time is answered overloaded") {
    Database database(50ms);
    auto held = database.pool.write([&](Connection&) -> Result<void> {
        const auto began = std::chrono::steady_clock::now();
        CHECK(database.insert("x").error().code == Errc::overloaded);
        CHECK(std::chrono::steady_clock::now() - began >= 50ms);
        return {};
    });
    CHECK(held);
    CHECK(database.insert("x"));
}

TEST_CASE("a lock that another process does not give up in time is answered overloaded") {
    Database database;
    Connection other(database.pool.path(), Connection::Access::write, 50ms, database.clock);
    {
        sqlite::Transaction transaction(other);
        CHECK(database.insert("x").error().code == Errc::overloaded);
    }
    CHECK(database.insert("x"));
}

TEST_CASE("the same statement cannot be run while its rows are read") {
    Database database;
    auto twice = database.pool.read([](Connection& db) -> Result<void> {
        auto rows = db.query("SELECT 1 UNION SELECT 2");
        CHECK(rows.next());
        auto again = db.query("SELECT 1 UNION SELECT 2");
        return {};
    });
    CHECK(twice.error().code == Errc::internal);
}

TEST_CASE("writers of several threads take turns and none is lost") {
    Database database;
    std::atomic<int> done{0};
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) done += database.insert(std::to_string(t * 100 + i)).has_value();
            });
        }
    }
    CHECK(done == 80);
    CHECK(database.count() == 80);
}

namespace {

using Job = std::function<Result<int>(Connection&)>;

bool is_asleep(pid_t thread) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    const std::string stat(std::istreambuf_iterator<char>(file), {});
    return stat.contains(") S ");  // man 5 proc
}

// What these jobs answer that all come, in this order, while the writer is at work.
std::vector<Result<int>> together(Database& database, const std::vector<Job>& jobs) {
    std::vector<Result<int>> answers(jobs.size());
    std::vector<std::jthread> threads;
    auto held = database.pool.write([&](Connection&) -> Result<void> {
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            std::atomic<pid_t> starting = 0;
            threads.emplace_back([&, i] {
                starting = ::gettid();
                try {
                    answers[i] = database.pool.write(jobs[i]);
                } catch (const std::exception& e) {
                    answers[i] = fail(Errc::internal, e.what());
                }
            });
            CHECK(test::eventually([&] { return is_asleep(starting); }));  // it waits, behind those before it
        }
        return {};
    });
    CHECK(held);
    threads.clear();
    return answers;
}

Result<int> add(Connection& db, std::string_view name) {
    db.execute("INSERT INTO t (name) VALUES (?)", {name});
    return 0;
}

}  // namespace

TEST_CASE("writers that wait are written together, and one that fails takes nothing of the others away") {
    Database database;
    std::int64_t seen_by_readers = -1;
    const auto answers =
        together(database, {[](Connection& db) { return add(db, "a"); },
                            [](Connection& db) -> Result<int> {
                                std::ignore = add(db, "b");
                                return fail(Errc::denied, "no");
                            },
                            [](Connection& db) { return add(db, "a"); },
                            [](Connection&) -> Result<int> { throw std::runtime_error("not a thing of SQLite's"); },
                            [&](Connection& db) {
                                seen_by_readers = database.count();  // "a" is not on the disk yet
                                return add(db, "c");
                            }});
    CHECK(answers[0].has_value());
    CHECK(answers[1].error().code == Errc::denied);
    CHECK(answers[2].error().code == Errc::conflict);
    CHECK(answers[3].error().detail == "not a thing of SQLite's");
    CHECK(answers[4].has_value());
    CHECK(seen_by_readers == 0);
    CHECK(database.count() == 2);
}

TEST_CASE("an error that ends the transaction is told to all that had a part in it") {
    Database database;
    const auto answers = together(database, {[](Connection& db) { return add(db, "a"); },
                                             [](Connection& db) -> Result<int> {
                                                 db.run("ROLLBACK");  // as SQLite does by itself on a full disk
                                                 return fail(Errc::unavailable, "full");
                                             },
                                             [](Connection& db) { return add(db, "c"); }});
    CHECK(answers[0].error().code == Errc::unavailable);
    CHECK(answers[1].error().detail == "full");
    CHECK(answers[2].error().code == Errc::unavailable);
    CHECK(database.count() == 0);
    CHECK(database.insert("x"));
}
