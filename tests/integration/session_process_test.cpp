// gatehouse-session as a process: start, readiness, drain, exit status. Over its sockets, on the embedded stores.
#include <csignal>
#include <filesystem>
#include <optional>

#include "crypto/service_credential.hpp"
#include "sqlite/connection.hpp"
#include "support/catch.hpp"
#include "support/http.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

using Variables = std::map<std::string, std::string>;

struct Service {
    explicit Service(const Variables& more = {}) {
        const std::vector<std::string> scopes{"login", "introspect", "revoke", "admin"};
        auto made = crypto::new_service_credential("test", scopes).value();
        bearer = "Bearer " + std::string(made.credential.view());
        variables = {{"APP_ENV", "testing"},
                     {"SERVICE_CREDENTIALS", to_string(made.entry)},
                     {"SESSION_LISTEN", "unix:" + (directory / "s.sock")},
                     {"SESSION_ADMIN_LISTEN", "unix:" + (directory / "a.sock")},
                     {"DATA_DIR", directory / "data"},
                     {"ARGON2_MEMORY_KIB", "8"},
                     {"ARGON2_PASSES", "1"}};
        for (const auto& [name, value] : more) variables[name] = value;
    }

    void start() {
        const std::vector<std::string> command{GATEHOUSE_BIN_DIR "/gatehouse-session"};
        process.emplace(command, directory / "log", variables);
    }
    void start_and_get_ready() {
        start();
        REQUIRE(eventually([&] { return readyz() == 200; }, 20s));
    }
    int status(const std::string& socket, std::string_view target) const {
        try {
            return http(parse_endpoint("unix:" + (directory / socket)).value(), "GET", target).status;
        } catch (const std::exception&) {
            return 0;
        }
    }
    int readyz() const { return status("a.sock", "/readyz"); }
    HttpHeaders headers() const { return {{"Authorization", bearer}}; }
    Endpoint listen() const { return parse_endpoint("unix:" + (directory / "s.sock")).value(); }
    std::int64_t attempts(std::string_view state) const {
        sqlite::Connection look(directory / "data/gatehouse.sqlite3", sqlite::Connection::Access::read, 5s,
                                system_clock());
        auto rows = look.query("SELECT count(*) FROM login_attempts WHERE state = ?", {state});
        return rows.next() ? rows.integer(0) : -1;
    }

    TempDir directory;
    std::string bearer;
    Variables variables;
    std::optional<Process> process;
};

constexpr std::string_view kLogin = R"({"email":"nobody@example.org","password":"wrong password"})";
// One verification takes a few hundred milliseconds, or seconds on a machine that is busy.
const Variables kSlowHashes{
    {"ARGON2_MEMORY_KIB", "65536"}, {"ARGON2_PASSES", "6"}, {"LOGIN_TIMEOUT", "60s"}, {"DRAIN_TIMEOUT", "60s"}};

}  // namespace

TEST_CASE("a configuration with mistakes ends the process at once and names all of them") {
    Service service({{"APP_ENV", "production"}, {"LOGIN_ATTEMPT_LIMIT", "none"}, {"SESION_LISTEN", "x"}});
    service.start();
    CHECK(service.process->wait(10s) == 1);
    const std::string log = service.process->output();
    for (const char* name : {"SECRET_KEY is missing", "REDIS_URL is missing", "ARGON2_MEMORY_KIB must",
                             "ARGON2_PASSES must", "LOGIN_ATTEMPT_LIMIT must", "SESION_LISTEN is not"}) {
        INFO(name);
        CHECK(log.find(name) != std::string::npos);
    }
}

TEST_CASE("a database that is not ours ends the process and stays as it was") {
    Service service;
    std::filesystem::create_directory(service.directory / "data");
    const std::string path = service.directory / "data/gatehouse.sqlite3";
    {
        sqlite::Connection sql(path, sqlite::Connection::Access::write, 5s, system_clock());
        sql.run("CREATE TABLE users (uid INTEGER PRIMARY KEY, nickname TEXT)");
    }
    service.start();
    CHECK(service.process->wait(20s) == 1);
    CHECK(service.process->output().find("database.refused") != std::string::npos);
    sqlite::Connection look(path, sqlite::Connection::Access::read, 5s, system_clock());
    auto tables = look.query("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    REQUIRE(tables.next());
    CHECK(tables.integer(0) == 1);
}

TEST_CASE("without its Redis a service lives and is not ready, and is within 2 s of its coming") {
    RedisServer redis;
    Service service({{"REDIS_URL", redis.unix_url()}});
    redis.stop();
    service.start();
    REQUIRE(eventually([&] { return service.status("a.sock", "/livez") == 200; }, 20s));
    const auto refused = http(service.listen(), "POST", "/v1/login", service.headers(), kLogin);
    CHECK(refused.status == 503);
    CHECK_FALSE(refused.header("Retry-After").empty());
    CHECK(service.readyz() == 503);
    redis.start();
    CHECK(eventually([&] { return service.readyz() == 200; }, 2s));
    redis.stop();
    CHECK(service.readyz() == 200);  // a dependency that all instances share takes none of them out
}

TEST_CASE("SIGTERM: not ready any more, what is in flight is answered, then exit 0") {
    Service service(kSlowHashes);
    service.start_and_get_ready();
    HttpConnection connection(service.listen());
    connection.send(http_request("POST", "/v1/login", service.headers(), kLogin));
    const bool counted = eventually([&] { return service.attempts("pending") == 1; }, 20s);
    INFO(service.process->output());
    REQUIRE(counted);
    service.process->signal(SIGTERM);
    CHECK(eventually([&] { return service.readyz() == 503; }, 2s));
    const HttpResponse answer = connection.receive(60s);
    CHECK(answer.status == 401);
    CHECK(answer.header("Connection") == "close");
    CHECK(service.process->wait(60s) == 0);
    CHECK(service.attempts("failed") == 1);
}

TEST_CASE("a client that goes away does not stop its sign-in: the failure is counted") {
    Service service(kSlowHashes);
    service.start_and_get_ready();
    {
        HttpConnection connection(service.listen());
        connection.send(http_request("POST", "/v1/login", service.headers(), kLogin));
        REQUIRE(eventually([&] { return service.attempts("pending") == 1; }, 20s));
    }
    CHECK(eventually([&] { return service.attempts("failed") == 1; }, 60s));
}

TEST_CASE("--check-config shows what would be used, without secrets") {
    const std::string secret = "a-key-that-must-not-be-shown-0123456789";
    Service service({{"SECRET_KEY", secret}, {"SESSION_MAX_AGE", "600"}});
    const Ran ran = run({GATEHOUSE_BIN_DIR "/gatehouse-session", "--check-config"}, "", service.variables);
    CHECK(ran.status == 0);
    CHECK(ran.out.find("SESSION_MAX_AGE=10m\n") != std::string::npos);
    CHECK(ran.out.find("LOGIN_ATTEMPT_LIMIT=5   (default)\n") != std::string::npos);
    CHECK(ran.out.find(secret) == std::string::npos);
    CHECK(run({GATEHOUSE_BIN_DIR "/gatehouse-session", "--no-such-option"}).status == 2);
}
