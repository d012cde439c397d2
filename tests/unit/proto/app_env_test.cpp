#include "proto/app_env.hpp"

#include "proto/variables.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;

namespace {

Settings settings(Environment env) { return {std::move(env), known_variables()}; }

constexpr const char* kGoodKey = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

std::vector<std::string> key_mistakes(Environment env, AppEnv app) {
    Settings read = settings(std::move(env));
    static_cast<void>(read_secret_keys(read, app));
    return read.mistakes();
}

}  // namespace

TEST_CASE("APP_ENV wins over nothing, FLASK_ENV is its older name, neither is production") {
    const auto of = [](Environment env) {
        Settings read = settings(std::move(env));
        const AppEnv app = read_app_env(read);
        CHECK(read.mistakes().empty());
        return app;
    };
    CHECK(of({}) == AppEnv::production);
    CHECK(of({{"APP_ENV", "development"}}) == AppEnv::development);
    CHECK(of({{"FLASK_ENV", "testing"}}) == AppEnv::testing);
    CHECK(of({{"APP_ENV", "testing"}, {"FLASK_ENV", "testing"}}) == AppEnv::testing);
    CHECK(of({{"APP_ENV", ""}, {"FLASK_ENV", "development"}}) == AppEnv::development);
}

TEST_CASE("APP_ENV and FLASK_ENV that differ, or an unknown one, are mistakes and mean production") {
    Settings differ = settings({{"APP_ENV", "production"}, {"FLASK_ENV", "development"}});
    CHECK(read_app_env(differ) == AppEnv::production);
    CHECK(differ.mistakes().size() == 1);
    Settings unknown = settings({{"APP_ENV", "prod"}});
    CHECK(read_app_env(unknown) == AppEnv::production);
    CHECK(unknown.mistakes().size() == 1);
}

TEST_CASE("production refuses a missing, short or sample key") {
    CHECK(key_mistakes({}, AppEnv::production).size() == 1);
    CHECK(key_mistakes({{"SECRET_KEY", "0123456789abcdef0123456789abcde"}}, AppEnv::production).size() == 1);
    CHECK(key_mistakes({{"SECRET_KEY", "your-secret-key-here-change-in-production"}}, AppEnv::production).size() == 1);
    CHECK(key_mistakes({{"SECRET_KEY", std::string(40, 'x')}}, AppEnv::production).size() == 1);
    CHECK(key_mistakes({{"SECRET_KEY", kGoodKey}}, AppEnv::production).empty());
    CHECK(key_mistakes({{"SECRET_KEY", kGoodKey}, {"SECRET_KEY_FALLBACKS", "short"}}, AppEnv::production).size() == 1);
}

TEST_CASE("a key whose file cannot be read, or that is given twice, is not missing as well") {
    const auto unreadable = key_mistakes({{"SECRET_KEY_FILE", "/nope"}}, AppEnv::production);
    REQUIRE(unreadable.size() == 1);
    CHECK(unreadable.front().starts_with("SECRET_KEY_FILE "));
    const auto twice = key_mistakes({{"SECRET_KEY", kGoodKey}, {"SECRET_KEY_FILE", "/nope"}}, AppEnv::production);
    CHECK(twice == std::vector<std::string>{"SECRET_KEY and SECRET_KEY_FILE are both set; keep one"});
}

TEST_CASE("users are in MySQL if its server is named, by host or by socket, unless USER_STORE says where") {
    const auto store_of = [](Environment env) {
        Settings read = settings(std::move(env));
        const UserStoreKind kind = read_user_store(read);
        CHECK(read.mistakes().empty());
        return kind;
    };
    CHECK(store_of({}) == UserStoreKind::sqlite);
    CHECK(store_of({{"DB_HOST", "db"}, {"DB_USER", "flask"}}) == UserStoreKind::mysql);
    CHECK(store_of({{"DB_SOCKET", "/run/mysqld/mysqld.sock"}, {"DB_USER", "flask"}}) == UserStoreKind::mysql);
    CHECK(store_of({{"USER_STORE", "sqlite"}, {"DB_HOST", "db"}}) == UserStoreKind::sqlite);
    CHECK(store_of({{"USER_STORE", "sqlite"}, {"DB_USER", "flask"}}) == UserStoreKind::sqlite);
    CHECK(store_of({{"USER_STORE", "mysql"}, {"DB_USER", "flask"}}) == UserStoreKind::mysql);
}

TEST_CASE("what belongs to a database server, without the server's name, is a mistake, not SQLite") {
    for (const std::string name : {"DB_USER", "DB_PASSWORD", "DB_PASSWORD_FILE", "DB_NAME"}) {
        Settings read = settings({{name, "hunter2"}});
        static_cast<void>(read_user_store(read));
        CHECK(read.mistakes() ==
              std::vector<std::string>{"DB_HOST is missing while " + name +
                                       " is set: name the server (DB_HOST or DB_SOCKET), or say USER_STORE=sqlite"});
        for (const Setting& setting : read.shown()) CHECK(setting.value != "hunter2");
    }
    Settings in_kubernetes = settings({{"DB_PORT", "tcp://10.1.2.3:5432"}});  // beside a service of that name
    CHECK(read_user_store(in_kubernetes) == UserStoreKind::sqlite);
    CHECK(in_kubernetes.mistakes().empty());
}

TEST_CASE("development does without a key, but production knows that one too") {
    Settings read = settings({});
    const SecretKeys keys = read_secret_keys(read, AppEnv::development);
    CHECK(read.mistakes().empty());
    CHECK(!keys.current.empty());
    CHECK(is_sample_key(keys.current.view()));
}

TEST_CASE("fallback keys keep their order") {
    Settings read = settings({{"SECRET_KEY", kGoodKey}, {"SECRET_KEY_FALLBACKS", " first , second,, third"}});
    const SecretKeys keys = read_secret_keys(read, AppEnv::development);
    REQUIRE(keys.fallbacks.size() == 3);
    CHECK(keys.fallbacks.at(0).view() == "first");
    CHECK(keys.fallbacks.at(1).view() == "second");
    CHECK(keys.fallbacks.at(2).view() == "third");
}

TEST_CASE("a link that leaves the host needs to be asked for in production") {
    const auto mistakes = [](AppEnv env, std::string_view text, Environment vars = {}, Link link = Link::plain) {
        Settings read = settings(std::move(vars));
        require_private_link(read, env, "SESSION_LISTEN", parse_endpoint(text).value(), link);
        return read.mistakes().size();
    };
    for (std::string_view here :
         {"127.0.0.1:8081", "127.9.9.9:1", "[::1]:8081", "localhost:8081", "unix:/run/gatehouse"}) {
        INFO(here);
        CHECK(mistakes(AppEnv::production, here) == 0);
    }
    for (std::string_view away : {":8081", "0.0.0.0:8081", "[::]:8081", "session:8081", "127.evil.example:8081"}) {
        INFO(away);
        CHECK(mistakes(AppEnv::production, away) == 1);
        CHECK(mistakes(AppEnv::production, away, {}, Link::tls) == 0);
        CHECK(mistakes(AppEnv::development, away) == 0);
        CHECK(mistakes(AppEnv::production, away, {{"INTERNAL_PLAINTEXT", "allow"}}) == 0);
    }
}
