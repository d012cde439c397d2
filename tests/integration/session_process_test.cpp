// gatehouse-session as a process: start, readiness, drain, exit status. Over its sockets, on the embedded stores.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "sqlite/connection.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

using Variables = SessionService::Variables;

std::int64_t attempts(const SessionService& service, std::string_view state) {
    sqlite::Connection look(service.directory() / "data/gatehouse.sqlite3", sqlite::Connection::Access::read, 5s,
                            system_clock());
    auto rows = look.query("SELECT count(*) FROM login_attempts WHERE state = ?", {state});
    return rows.next() ? rows.integer(0) : -1;
}

constexpr std::string_view kLogin = R"({"email":"nobody@example.org","password":"wrong password"})";
// One verification takes a few hundred milliseconds, or seconds on a machine that is busy.
const Variables kSlowHashes{
    {"ARGON2_MEMORY_KIB", "65536"}, {"ARGON2_PASSES", "6"}, {"LOGIN_TIMEOUT", "60s"}, {"DRAIN_TIMEOUT", "60s"}};

}  // namespace

TEST_CASE("a configuration with mistakes ends the process at once and names all of them") {
    SessionService service({{"APP_ENV", "production"}, {"LOGIN_ATTEMPT_LIMIT", "none"}, {"SESION_LISTEN", "x"}});
    service.start();
    CHECK(service.process().wait(10s) == 1);
    const std::string log = service.process().output();
    for (const char* name : {"SECRET_KEY is missing", "REDIS_URL is missing", "ARGON2_MEMORY_KIB must",
                             "ARGON2_PASSES must", "LOGIN_ATTEMPT_LIMIT must", "SESION_LISTEN is not"}) {
        INFO(name);
        CHECK(log.find(name) != std::string::npos);
    }
}

TEST_CASE("a .env that cannot be read is a mistake like any other: a line of the log, plain text for who checks") {
    const TempDir directory;
    std::ofstream(directory / ".env") << "LOG_LEVEL=info\nno assignment\n";
    const auto started = [&](const std::string& option) {
        const std::string command =
            "cd " + directory.path().string() + " && exec " GATEHOUSE_BIN_DIR "/gatehouse-session";
        return run({"/bin/sh", "-c", command + option}, "", {{"PATH", "/usr/bin:/bin"}});
    };
    const std::string mistake = ".env:2: not a line of the form NAME=VALUE";
    const Ran served = started("");
    CHECK(served.status == 1);
    CHECK(served.err.starts_with(R"({"ts":")"));
    CHECK(served.err.ends_with(R"("event":"config.mistake","service":"session","detail":")" + mistake + "\"}\n"));
    const Ran checked = started(" --check-config");
    CHECK(checked.status == 1);
    CHECK(checked.err == mistake + "\n");
}

TEST_CASE("a start with everything in place logs no error, and which database it is") {
    RedisServer redis;
    SessionService service({{"REDIS_URL", redis.unix_url()}});
    service.start_and_get_ready();
    const std::string database = service.directory() / "data/gatehouse.sqlite3";
    const auto ready = R"("event":"database.ready","service":"session","store":"sqlite","path":")" + database + "\"}";
    CHECK(eventually([&] { return service.process().output().find(ready) != std::string::npos; }));
    CHECK(service.process().output().find(R"("level":"error")") == std::string::npos);
}

TEST_CASE("a database that is not ours ends the process and stays as it was") {
    SessionService service;
    std::filesystem::create_directory(service.directory() / "data");
    const std::string path = service.directory() / "data/gatehouse.sqlite3";
    {
        sqlite::Connection sql(path, sqlite::Connection::Access::write, 5s, system_clock());
        sql.run("CREATE TABLE users (uid INTEGER PRIMARY KEY, nickname TEXT)");
    }
    service.start();
    CHECK(service.process().wait(20s) == 1);
    CHECK(service.process().output().find("database.refused") != std::string::npos);
    sqlite::Connection look(path, sqlite::Connection::Access::read, 5s, system_clock());
    auto tables = look.query("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    REQUIRE(tables.next());
    CHECK(tables.integer(0) == 1);
}

TEST_CASE("without its Redis a service lives and is not ready, and is within 2 s of its coming") {
    RedisServer redis;
    SessionService service({{"REDIS_URL", redis.unix_url()}});
    redis.stop();
    service.start();
    REQUIRE(eventually([&] { return service.admin_status("/livez") == 200; }, 20s));
    const auto refused = service.post("/v1/login", kLogin);
    CHECK(refused.status == 503);
    CHECK_FALSE(refused.header("Retry-After").empty());
    CHECK(service.admin_status("/readyz") == 503);
    CHECK(eventually([&] { return service.process().output().find("sessions.awaited") != std::string::npos; }, 20s));
    redis.start();
    CHECK(eventually([&] { return service.admin_status("/readyz") == 200; }, 2s));
    redis.stop();
    CHECK(service.admin_status("/readyz") == 200);  // a dependency that all instances share takes none of them out
}

TEST_CASE("SIGTERM: not ready any more, what is in flight is answered, then exit 0") {
    SessionService service(kSlowHashes);
    service.start_and_get_ready();
    HttpConnection connection(service.listen());
    connection.send(http_request("POST", "/v1/login", service.headers(), kLogin));
    const bool counted = eventually([&] { return attempts(service, "pending") == 1; }, 20s);
    INFO(service.process().output());
    REQUIRE(counted);
    service.process().signal(SIGTERM);
    CHECK(eventually([&] { return service.admin_status("/readyz") == 503; }, 2s));
    const HttpResponse answer = connection.receive(60s);
    CHECK(answer.status == 401);
    CHECK(answer.header("Connection") == "close");
    CHECK(service.process().wait(60s) == 0);
    CHECK(attempts(service, "failed") == 1);
}

TEST_CASE("a client that goes away does not stop its sign-in: the failure is counted") {
    SessionService service(kSlowHashes);
    service.start_and_get_ready();
    {
        HttpConnection connection(service.listen());
        connection.send(http_request("POST", "/v1/login", service.headers(), kLogin));
        REQUIRE(eventually([&] { return attempts(service, "pending") == 1; }, 20s));
    }
    CHECK(eventually([&] { return attempts(service, "failed") == 1; }, 60s));
}

TEST_CASE("--check-config shows what would be used, without secrets") {
    const std::string secret = "a-key-that-must-not-be-shown-0123456789";
    SessionService service({{"SECRET_KEY", secret}, {"SESSION_MAX_AGE", "600"}});
    const Ran ran = run({GATEHOUSE_BIN_DIR "/gatehouse-session", "--check-config"}, "", service.variables());
    CHECK(ran.status == 0);
    CHECK(ran.out.find("SESSION_MAX_AGE=10m\n") != std::string::npos);
    CHECK(ran.out.find("LOGIN_ATTEMPT_LIMIT=5   (default)\n") != std::string::npos);
    CHECK(ran.out.find(secret) == std::string::npos);
    CHECK(run({GATEHOUSE_BIN_DIR "/gatehouse-session", "--no-such-option"}).status == 2);
}
