// libs/mysql when the server is away, restarted, stalled, or says no.
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
using mysql::Pool;
using mysql::TlsMode;

namespace {

struct Timed {
    Result<void> result;
    std::chrono::steady_clock::duration took;
};

template <class Call>
Timed timed(Call call) {
    const auto began = std::chrono::steady_clock::now();
    Result<void> result = call();
    return {std::move(result), std::chrono::steady_clock::now() - began};
}

Result<void> ping(Pool& pool) {
    return pool.read([](Connection& db) -> Result<void> {
        auto rows = db.query("SELECT 1");
        return rows.next() ? Result<void>() : fail(Errc::protocol, "no row");
    });
}

Error failure_with(mysql::Options options) {
    Pool pool({.server = std::move(options)});
    auto result = ping(pool);
    REQUIRE_FALSE(result);
    return result.error();
}

}  // namespace

TEST_CASE("a wrong password is said clearly, without the password") {
    auto options = options_of(shared_mariadb());
    options.password = Secret(std::string_view("not the password"));
    const auto error = failure_with(std::move(options));
    CHECK(error.code == Errc::unavailable);
    CHECK(error.detail.find("1045") != std::string::npos);
    CHECK(error.detail.find("gatehouse") != std::string::npos);
    CHECK(error.detail.find("not the password") == std::string::npos);
}

TEST_CASE("a missing database is named") {
    const auto error = failure_with(options_of(shared_mariadb(), "nowhere"));
    CHECK(error.code == Errc::unavailable);
    CHECK(error.detail.find("nowhere") != std::string::npos);
}

TEST_CASE("a port where nobody listens is unavailable at once") {
    auto options = options_of(shared_mariadb());
    options.port = free_port();
    Pool pool({.server = std::move(options)});
    for (int i = 0; i < 2; ++i) {
        const auto call = timed([&] { return ping(pool); });
        CHECK(call.result.error().code == Errc::unavailable);
        CHECK(call.took < 1s);
    }
    CHECK(pool.open() == 0);
}

TEST_CASE("after a restart of the server the first call works, on every connection of the pool") {
    MariadbServer server;
    Numbers numbers(4, 1s, server);
    std::atomic<int> added{0};  // Catch2's assertions are for one thread
    {
        std::vector<std::jthread> all;
        all.reserve(4);
        for (int i = 0; i < 4; ++i) all.emplace_back([&] { added += numbers.add(1, 1).has_value(); });
    }
    REQUIRE(added == 4);
    server.kill();
    server.start();
    const auto read = timed([&] { return ping(numbers.pool); });
    CHECK(read.result);
    CHECK(read.took < 1s);
    server.stop();
    server.start();
    const auto write = timed([&] { return numbers.add(1, 1); });
    CHECK(write.result);
    CHECK(write.took < 1s);
    CHECK(numbers.sum() == 5);
}

TEST_CASE("while the server is away calls fail at once, and within a second of its return they work") {
    MariadbServer server;
    Numbers numbers(4, 1s, server);
    CHECK(numbers.add(1, 1));
    server.kill();
    for (int i = 0; i < 3; ++i) {
        const auto call = timed([&] { return numbers.add(1, 1); });
        CHECK(call.result.error().code == Errc::unavailable);
        CHECK(call.took < 1s);
    }
    server.start();
    CHECK(eventually([&] { return numbers.add(1, 1).has_value(); }, 1s));
    CHECK(numbers.sum() == 2);
}

TEST_CASE("a server that has become read-only is unavailable, and its connections are replaced") {
    MariadbServer server;
    Numbers numbers(1, 1s, server);
    run_sql(server, {"CREATE USER tenant@'%' IDENTIFIED BY 'test-only'", "GRANT ALL ON numbers.* TO tenant@'%'"});
    auto options = options_of(server, "numbers");
    options.user = "tenant";  // kUser may write to a server that is read-only
    options.password = Secret(std::string_view("test-only"));
    Pool pool({.server = std::move(options), .connections = 1});
    auto add = [&] {
        return pool.write([](Connection& db) -> Result<std::int64_t> {
            return db.execute("UPDATE numbers SET n = n + 1 WHERE id = 1");
        });
    };
    auto connection = [&] {
        return pool.read([](Connection& db) -> Result<std::int64_t> {
            auto rows = db.query("SELECT CONNECTION_ID()");
            return rows.next() ? rows.integer(0) : -1;
        });
    };
    REQUIRE(add());
    const auto before = connection().value();
    run_sql(server, {"SET GLOBAL read_only = 1"});
    CHECK(add().error().code == Errc::unavailable);
    CHECK(pool.open() == 0);
    CHECK(connection().value() != before);  // it still reads
    run_sql(server, {"SET GLOBAL read_only = 0"});
    CHECK(add());
    CHECK(numbers.sum() == 2);
}

TEST_CASE("a stalled server is a timeout within the configured bound, and its late answer is nobody's") {
    MariadbServer server;
    Numbers numbers(1, 1s, server);
    CHECK(numbers.sum() == 0);
    server.freeze();
    const auto read = timed([&] { return ping(numbers.pool); });
    CHECK(read.result.error().code == Errc::timeout);
    CHECK(read.took >= 1900ms);
    CHECK(read.took < 3s);
    const auto connect = timed([&] { return numbers.add(1, 1); });  // the listening socket still takes connections
    CHECK(connect.result.error().code == Errc::timeout);
    CHECK(connect.took < 2s);
    server.thaw();
    CHECK(eventually([&] { return numbers.add(1, 1).has_value(); }, 1s));
    CHECK(numbers.sum() == 1);
}

TEST_CASE("a connection that the server closed before the commit is replaced and the job run once more") {
    Numbers numbers;
    int runs = 0;
    auto done = numbers.pool.write([&](Connection& db) -> Result<void> {
        db.execute("UPDATE numbers SET n = n + 1 WHERE id = 1");
        auto rows = db.query("SELECT CONNECTION_ID()");
        REQUIRE(rows.next());
        if (++runs == 1) run_sql(numbers.server, {"KILL " + rows.text(0)});
        db.execute("UPDATE numbers SET n = n + 1 WHERE id = 2");
        return {};
    });
    CHECK(done);
    CHECK(runs == 2);
    CHECK(numbers.sum() == 2);
}

TEST_CASE("a connection that is lost at the commit is an error: nobody knows whether it was done") {
    Numbers numbers;
    int runs = 0;
    auto done = numbers.pool.write([&](Connection& db) -> Result<void> {
        ++runs;
        db.execute("UPDATE numbers SET n = n + 1 WHERE id = 1");
        auto rows = db.query("SELECT CONNECTION_ID()");
        REQUIRE(rows.next());
        run_sql(numbers.server, {"KILL " + rows.text(0)});
        return {};
    });
    CHECK(done.error().code == Errc::unavailable);
    CHECK(runs == 1);
    CHECK(numbers.sum() == 0);
}

TEST_CASE("TLS is used, demanded and verified as asked") {
    TempDir certificates;
    auto openssl = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "openssl");
        const auto ran = run(words);
        INFO(ran.err);
        REQUIRE(ran.status == 0);
    };
    for (const char* name : {"server", "stranger"}) {
        const std::string path = certificates / name;
        openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost", "-keyout", path + ".key", "-out", path + ".pem"});
    }
    MariadbServer server(
        {.arguments = {"--ssl-cert=" + (certificates / "server.pem"), "--ssl-key=" + (certificates / "server.key")}});
    auto encrypted = [&](TlsMode mode, const std::string& ca = "",
                         const std::string& host = "127.0.0.1") -> Result<bool> {
        auto options = options_of(server);
        options.host = host;
        options.connect_timeout = options.read_timeout = 20s;  // a handshake on a busy machine
        options.tls = mode;
        options.ca_file = ca;
        Pool pool({.server = std::move(options)});
        return pool.read([](Connection& db) -> Result<bool> { return db.encrypted(); });
    };
    CHECK(encrypted(TlsMode::off).value() == false);
    CHECK(encrypted(TlsMode::preferred).value() == true);
    CHECK(encrypted(TlsMode::required).value() == true);
    CHECK(encrypted(TlsMode::verify, certificates / "server.pem", "localhost").value() == true);
    CHECK(encrypted(TlsMode::verify, certificates / "stranger.pem", "localhost").error().code == Errc::unavailable);
    CHECK(encrypted(TlsMode::verify, certificates / "server.pem", "127.0.0.1").error().code == Errc::unavailable);
    CHECK(encrypted(TlsMode::verify).error().code == Errc::unavailable);
}

TEST_CASE("a server without TLS is refused where TLS is demanded, and used where it is preferred") {
    auto with = [](TlsMode mode) {
        auto options = options_of(shared_mariadb());
        options.tls = mode;
        return options;
    };
    CHECK(failure_with(with(TlsMode::required)).code == Errc::unavailable);
    CHECK(failure_with(with(TlsMode::verify)).code == Errc::unavailable);
    Pool pool({.server = with(TlsMode::preferred)});
    CHECK(ping(pool));
}
