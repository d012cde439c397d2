#include "session/config.hpp"

#include <algorithm>

#include "proto/variables.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;

namespace {

constexpr const char* kKey = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
const std::string kEntry = "gateway:login+introspect+revoke:" + std::string(64, 'a');

Environment production() {
    return {{"SECRET_KEY", kKey}, {"SERVICE_CREDENTIALS", kEntry}, {"REDIS_URL", "redis://127.0.0.1"}};
}

struct Read {
    explicit Read(Environment env)
        : settings(std::move(env), proto::known_variables()), config(read_config(settings)) {}
    [[nodiscard]] std::vector<std::string> mistakes() const { return settings.mistakes(); }
    [[nodiscard]] bool complains_of(std::string_view name) const {
        const auto all = mistakes();
        return std::ranges::any_of(all,
                                   [&](const std::string& line) { return line.starts_with(std::string(name) + " "); });
    }
    Settings settings;
    Config config;
};

Environment with(Environment env, std::initializer_list<std::pair<std::string, std::string>> more) {
    for (const auto& [name, value] : more) env[name] = value;
    return env;
}

}  // namespace

TEST_CASE("production with a key, a credential and Redis is complete, and has the documented defaults") {
    const Read read(production());
    CHECK(read.mistakes().empty());
    const Config& config = read.config;
    CHECK(config.database.kind == UserStoreKind::sqlite);
    CHECK(config.database.sqlite_path == "./data/gatehouse.sqlite3");
    CHECK(config.database.pool.threads == 4);
    CHECK(config.database.pool.queue == 64);
    CHECK(config.sessions.kind == SessionStoreKind::redis);
    CHECK(config.sessions.idle == std::chrono::seconds(3600));
    CHECK(config.sessions.limits.absolute == std::chrono::seconds(86400));
    CHECK(config.sessions.redis.command_timeout == std::chrono::milliseconds(300));
    CHECK(config.passwords.hashing.cost == crypto::HashCost{});
    CHECK(config.passwords.hashing.queue == 64);
    CHECK(config.passwords.hashing.bcrypt_max_cost == 12);
    CHECK_FALSE(config.passwords.rehash);
    CHECK(config.throttle.limit == 5);
    CHECK(config.throttle.window == std::chrono::minutes(15));
    CHECK(to_string(config.server.options.listen.front()) == "127.0.0.1:8081");
    CHECK(config.server.check_timeout == std::chrono::seconds(1));
    CHECK(config.server.login_timeout == std::chrono::seconds(5));
    CHECK(config.credentials.size() == 1);
}

TEST_CASE("all mistakes are reported together") {
    const Read read({{"LOGIN_ATTEMPT_LIMIT", "many"}, {"SESSION_LISTEN", "nonsense"}, {"SESSION_MAX_AGEE", "1"}});
    for (std::string_view name : {"SECRET_KEY", "SERVICE_CREDENTIALS", "REDIS_URL", "LOGIN_ATTEMPT_LIMIT",
                                  "SESSION_LISTEN", "SESSION_MAX_AGEE"}) {
        INFO(name);
        CHECK(read.complains_of(name));
    }
    CHECK(read.mistakes().size() == 6);
}

TEST_CASE("production refuses what only looks safe") {
    const struct {
        const char* what;
        std::initializer_list<std::pair<std::string, std::string>> set;
        std::string_view complaint;
    } rows[] = {
        {"a sample key", {{"SECRET_KEY", "change-me-change-me-change-me-change-me"}}, "SECRET_KEY"},
        {"a short key", {{"SECRET_KEY", "short"}}, "SECRET_KEY"},
        {"memory that nobody asked for", {{"REDIS_URL", ""}}, "REDIS_URL"},
        {"less memory per hash", {{"ARGON2_MEMORY_KIB", "19455"}}, "ARGON2_MEMORY_KIB"},
        {"fewer passes", {{"ARGON2_PASSES", "1"}}, "ARGON2_PASSES"},
        {"a link that leaves the host", {{"SESSION_LISTEN", "0.0.0.0:8081"}}, "SESSION_LISTEN"},
        {"a credential instead of its hash",
         {{"SERVICE_CREDENTIALS", "ghs_gateway_" + std::string(43, 'A')}},
         "SERVICE_CREDENTIALS"},
        {"a scope that does not exist",
         {{"SERVICE_CREDENTIALS", "gateway:root:" + std::string(64, 'a')}},
         "SERVICE_CREDENTIALS"},
        {"Redis without an address", {{"REDIS_URL", ""}, {"SESSION_STORE", "redis"}}, "REDIS_URL"},
        {"a Redis address that is none", {{"REDIS_URL", "http://:secretpw@127.0.0.1"}}, "REDIS_URL"},
        {"an absolute age below the idle one", {{"SESSION_ABSOLUTE_MAX_AGE", "60"}}, "SESSION_ABSOLUTE_MAX_AGE"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const Read read(with(production(), row.set));
        CHECK(read.complains_of(row.complaint));
        CHECK(read.mistakes().size() == 1);
        for (const std::string& line : read.mistakes()) CHECK(line.find("secretpw") == std::string::npos);
    }
}

TEST_CASE("one mistake is told once: what is unreadable or given twice is not missing as well") {
    for (const std::string name : {"SECRET_KEY", "SERVICE_CREDENTIALS", "REDIS_URL"}) {
        INFO(name);
        const Read unreadable(with(production(), {{name, ""}, {name + "_FILE", "/nope"}}));
        CHECK(unreadable.complains_of(name + "_FILE"));
        CHECK(unreadable.mistakes().size() == 1);
        const Read twice(with(production(), {{name + "_FILE", "/nope"}}));
        CHECK(twice.complains_of(name));
        CHECK(twice.mistakes().size() == 1);
    }
}

TEST_CASE("an absolute age below the idle one names both values and what to do") {
    const auto mistakes = [](std::initializer_list<std::pair<std::string, std::string>> ages) {
        return Read(with(production(), ages)).mistakes();
    };
    CHECK(mistakes({{"SESSION_MAX_AGE", "604800"}}) ==
          std::vector<std::string>{"SESSION_ABSOLUTE_MAX_AGE (86400 s, the default) is shorter than SESSION_MAX_AGE "
                                   "(604800 s): set it to at least 604800"});
    CHECK(mistakes({{"SESSION_MAX_AGE", "7d"}, {"SESSION_ABSOLUTE_MAX_AGE", "2d"}}) ==
          std::vector<std::string>{"SESSION_ABSOLUTE_MAX_AGE (172800 s) is shorter than SESSION_MAX_AGE (604800 s): "
                                   "set it to at least 604800"});
}

TEST_CASE("what production refuses can be asked for by name") {
    CHECK(Read(with(production(), {{"REDIS_URL", ""}, {"SESSION_STORE", "memory"}})).mistakes().empty());
    CHECK(Read(with(production(), {{"SESSION_LISTEN", ":8081"}, {"INTERNAL_PLAINTEXT", "allow"}})).mistakes().empty());
    CHECK(Read(with(production(), {{"SESSION_LISTEN", "unix:/run/gatehouse/session"}})).mistakes().empty());
}

TEST_CASE("TLS lets the link leave the host") {
    const auto listening = [](std::initializer_list<std::pair<std::string, std::string>> more) {
        return Read(with(with(production(), {{"SESSION_LISTEN", ":8081"}}), more));
    };
    CHECK(listening({}).complains_of("SESSION_LISTEN"));
    CHECK(listening({}).config.server.tls == std::nullopt);
    const Read tls = listening({{"SESSION_TLS_CERT_FILE", "c"}, {"SESSION_TLS_KEY_FILE", "k"}});
    CHECK(tls.mistakes().empty());
    REQUIRE(tls.config.server.tls);
    CHECK(tls.config.server.tls->client_authorities.empty());
    const Read mutual =
        listening({{"SESSION_TLS_CERT_FILE", "c"}, {"SESSION_TLS_KEY_FILE", "k"}, {"SESSION_TLS_CLIENT_CA_FILE", "a"}});
    CHECK(mutual.mistakes().empty());
    CHECK(mutual.config.server.tls->client_authorities == "a");
}

TEST_CASE("half a TLS configuration is a mistake, never plain HTTP") {
    const auto complains = [](std::string_view of, std::initializer_list<std::pair<std::string, std::string>> more) {
        return Read(with(production(), more)).complains_of(of);
    };
    CHECK(complains("SESSION_TLS_KEY_FILE", {{"SESSION_TLS_CERT_FILE", "c"}}));
    CHECK(complains("SESSION_TLS_CERT_FILE", {{"SESSION_TLS_KEY_FILE", "k"}}));
    CHECK(complains("SESSION_TLS_CLIENT_CA_FILE", {{"SESSION_TLS_CLIENT_CA_FILE", "a"}}));
    CHECK(complains(
        "SESSION_TLS_CERT_FILE",
        {{"SESSION_TLS_CERT_FILE", "c"}, {"SESSION_TLS_KEY_FILE", "k"}, {"SESSION_LISTEN", "unix:/run/session"}}));
}

TEST_CASE("tiny hashes are for tests only") {
    const auto tiny = [](std::string env) {
        return Read({{"APP_ENV", std::move(env)},
                     {"SERVICE_CREDENTIALS", kEntry},
                     {"ARGON2_MEMORY_KIB", "8"},
                     {"ARGON2_PASSES", "1"}})
            .mistakes()
            .size();
    };
    CHECK(tiny("testing") == 0);
    CHECK(tiny("development") == 2);
}

TEST_CASE("the service takes whatever batch a gateway gathers") {
    const auto with_batch = [](std::string most) { return Read(with(production(), {{"INTROSPECT_BATCH", most}})); };
    CHECK(with_batch("63").complains_of("INTROSPECT_BATCH"));
    CHECK(with_batch("64").mistakes().empty());
    CHECK(with_batch("64").config.introspect_batch == 64);
    CHECK(with_batch("101").complains_of("INTROSPECT_BATCH"));
}

TEST_CASE("DB_HOST chooses MySQL, and the Flask backend's names keep their meaning") {
    const Read read(with(production(), {{"DB_HOST", "db.example.org"},
                                        {"DB_PORT", "3307"},
                                        {"DB_USER", "flask"},
                                        {"DB_PASSWORD", "p"},
                                        {"DB_NAME", "library"},
                                        {"LOGIN_ATTEMPT_LIMIT", "3"},
                                        {"LOGIN_ATTEMPT_WINDOW", "30"},
                                        {"SESSION_MAX_AGE", "600"}}));
    CHECK(read.mistakes().empty());
    CHECK(read.config.database.kind == UserStoreKind::mysql);
    CHECK(read.config.database.mysql.host == "db.example.org");
    CHECK(read.config.database.mysql.port == 3307);
    CHECK(read.config.database.mysql.password.view() == "p");
    CHECK(read.config.throttle.limit == 3);
    CHECK(read.config.throttle.window == std::chrono::minutes(30));
    CHECK(read.config.sessions.idle == std::chrono::minutes(10));
    CHECK(Read(with(production(), {{"DB_HOST", "x"}, {"USER_STORE", "sqlite"}})).config.database.kind ==
          UserStoreKind::sqlite);
}

TEST_CASE("DB_SOCKET chooses MySQL instead of a host, and one of both is needed") {
    const Read read(with(production(), {{"DB_SOCKET", "/run/mysqld/mysqld.sock"}, {"DB_USER", "flask"}}));
    CHECK(read.mistakes().empty());
    CHECK(read.config.database.kind == UserStoreKind::mysql);
    CHECK(read.config.database.mysql.unix_socket == "/run/mysqld/mysqld.sock");
    const Read neither(with(production(), {{"DB_PASSWORD", "hunter2"}}));
    CHECK(neither.complains_of("DB_HOST"));
    CHECK(neither.mistakes().size() == 1);
    for (const Setting& setting : neither.settings.shown()) CHECK(setting.value != "hunter2");
}
