#include "session_client/settings.hpp"

#include <string>
#include <vector>

#include "proto/variables.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

using proto::AppEnv;

const std::string kCatalogCredential = "ghs_catalog_" + std::string(43, 'A');

struct OptionsRead {
    explicit OptionsRead(Environment env, AppEnv in = AppEnv::production)
        : settings(std::move(env), proto::known_variables()),
          options(read_options(settings, in, "catalog --scopes introspect")),
          mistakes(settings.mistakes()) {}
    Settings settings;
    Options options;
    std::vector<std::string> mistakes;
};

}  // namespace

TEST_CASE("a credential is all that a service needs beside a session service on its own host") {
    const OptionsRead read({{"SESSION_CREDENTIAL", kCatalogCredential}});
    CHECK(read.mistakes.empty());
    CHECK(read.options.credential.view() == kCatalogCredential);
    REQUIRE(read.options.servers.size() == 1);
    CHECK(to_string(read.options.servers.front()) == "127.0.0.1:8081");
}

TEST_CASE("a missing credential is told with the command that makes it") {
    const OptionsRead read(Environment{});
    CHECK(read.mistakes ==
          std::vector<std::string>{"SESSION_CREDENTIAL is missing; make one with: gatehousectl credentials new catalog "
                                   "--scopes introspect"});
}

TEST_CASE("a credential whose file cannot be read, or that is given twice, is not missing as well") {
    const OptionsRead unreadable(Environment{{"SESSION_CREDENTIAL_FILE", "/nope"}});
    REQUIRE(unreadable.mistakes.size() == 1);
    CHECK(unreadable.mistakes.front().starts_with("SESSION_CREDENTIAL_FILE "));
    const OptionsRead twice({{"SESSION_CREDENTIAL", kCatalogCredential}, {"SESSION_CREDENTIAL_FILE", "/nope"}});
    CHECK(twice.mistakes ==
          std::vector<std::string>{"SESSION_CREDENTIAL and SESSION_CREDENTIAL_FILE are both set; keep one"});
}

TEST_CASE("a copy of the options has all of them") {
    OptionsRead read({{"SESSION_CREDENTIAL", kCatalogCredential}, {"SESSION_URL", "unix:/run/a, unix:/run/b"}});
    read.options.login_connections = 3;
    read.options.waiting_checks = 5;
    const Options copy = read.options.copy();
    CHECK(copy.credential.view() == kCatalogCredential);
    CHECK(copy.servers.size() == 2);
    CHECK(copy.login_connections == 3);
    CHECK(copy.waiting_checks == 5);
}

TEST_CASE("the cookie's name is the gateway's default, or what both are told") {
    const auto name_in = [](Environment env, AppEnv in) {
        Settings settings(std::move(env), proto::known_variables());
        return read_cookie_name(settings, in);
    };
    CHECK(name_in({}, AppEnv::production) == "__Host-session");
    CHECK(name_in({}, AppEnv::development) == "session");
    CHECK(name_in({{"COOKIE_DOMAIN", "example.org"}}, AppEnv::production) == "__Secure-session");
    CHECK(name_in({{"COOKIE_DOMAIN", "example.org"}}, AppEnv::development) == "session");
    CHECK(name_in({{"SESSION_COOKIE_NAME", "gate"}}, AppEnv::production) == "gate");
}

}  // namespace gatehouse::session_client
