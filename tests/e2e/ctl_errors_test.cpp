// What gatehousectl says and how it exits when something is not as it should be, and the commands that need no service.
#include <fstream>
#include <regex>

#include "ctl_world.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

// Without --data: only this environment.
Ran plain(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), GATEHOUSE_BIN_DIR "/gatehousectl");
    environment.emplace("PATH", "/usr/bin:/bin");
    return run(std::move(arguments), "", std::move(environment));
}

// The lines behind a # in .env.example whose value should be the default: they name no file, and the comment above them
// does not call them an example.
std::map<std::string, std::string> defaults_of_env_example() {
    static const std::regex assignment("(# )?([A-Z][A-Z0-9_]*)=(.*)");
    std::ifstream file(GATEHOUSE_SOURCE_DIR "/.env.example");
    std::map<std::string, std::string> found;
    std::smatch match;
    bool in_comment = false;
    bool is_example = false;
    for (std::string line; std::getline(file, line);) {
        const bool assigns = std::regex_match(line, match, assignment);
        if (!assigns) is_example = (in_comment && is_example) || has(line, "(an example)");
        if (assigns && match[1].matched && !is_example && !match[2].str().ends_with("_FILE"))
            found[match[2]] = match[3];
        in_comment = !assigns;
    }
    return found;
}

// Both services' settings, whether they are defaults or not.
std::string settings_with(std::map<std::string, std::string> environment) {
    static const std::regex mark("   \\(default\\)");
    return std::regex_replace(plain({"config", "check"}, std::move(environment)).out, mark, "");
}

}  // namespace

TEST_CASE("a service that does not run is exit code 3 and says where it was looked for") {
    CtlWorld world;
    const auto ran = world.ctl({"users", "list"});
    CHECK(ran.status == 3);
    CHECK(has(ran.err, "cannot reach the session service at unix:"));
    CHECK(has(ran.err, "is it running?"));
    CHECK(world.ctl({"healthcheck", "session"}).status == 1);
}

TEST_CASE("a wrong credential and one without the scope are exit code 4, each with its fix") {
    CtlWorld world;
    world.start_and_get_ready();
    const auto url = to_string(world.listen());
    const auto stranger = crypto::new_service_credential("ops", std::vector<std::string>{"admin"}).value();
    const auto wrong =
        plain({"users", "list", "--url", url}, {{"GATEHOUSECTL_CREDENTIAL", std::string(stranger.credential.view())}});
    CHECK(wrong.status == 4);
    CHECK(has(wrong.err, "SERVICE_CREDENTIALS"));
    const auto scopeless =
        plain({"users", "list", "--url", url}, {{"GATEHOUSECTL_CREDENTIAL", world.gateway_credential()}});
    CHECK(scopeless.status == 4);
    CHECK(has(scopeless.err, "scope `admin`"));
    const auto none = plain({"users", "list", "--url", url});
    CHECK(none.status == 4);
    CHECK(has(none.err, "credentials new"));
    std::ofstream(world.directory() / "credential") << world.admin_credential() << '\n';
    CHECK(plain({"users", "list", "--url", url, "--credential-file", world.directory() / "credential"}).status == 0);
}

TEST_CASE("a server that is not the session service is not mistaken for it") {
    CtlWorld world;
    world.start_and_get_ready();
    const auto ran = plain({"users", "list", "--url", "unix:" + (world.directory() / "a.sock")},
                           {{"GATEHOUSECTL_CREDENTIAL", world.admin_credential()}});
    CHECK(ran.status != 0);
    CHECK_FALSE(ran.err.empty());
}

TEST_CASE("a data directory without a service says how to start one") {
    const TempDir empty;
    const auto ran = plain({"--data", empty.path().string(), "users", "list"});
    CHECK(ran.status == 2);
    CHECK(has(ran.err, "deploy/run"));
}

TEST_CASE("a change whose sessions could not be ended says what is committed, and is repeated") {
    CtlWorld world(Stores::servers);
    world.start_and_get_ready();
    world.create("ada@example.org", "heron on a post");
    const auto token = world.token("ada@example.org", "heron on a post");
    shared_redis().freeze();
    const auto halfway = world.ctl({"users", "disable", "ada@example.org"});
    shared_redis().thaw();
    CHECK(halfway.status == 3);
    CHECK(has(halfway.err, "The account is disabled, but the session store did not confirm"));
    REQUIRE(eventually([&] { return world.ctl({"users", "disable", "ada@example.org"}).status == 0; }));
    CHECK_FALSE(world.alive(token));
}

TEST_CASE("a credential is made without a service, and its entry admits it") {
    const auto ran = plain({"--json", "credentials", "new", "gw", "--scopes", "login,revoke"});
    REQUIRE(ran.status == 0);
    const auto value = [&](std::string_view name) {
        const auto from = ran.out.find(fmt::format("\"{}\":\"", name)) + name.size() + 4;
        return ran.out.substr(from, ran.out.find('"', from) - from);
    };
    const auto entry = crypto::parse_credential_entry(value("entry"));
    REQUIRE(entry);
    CHECK(entry->name == "gw");
    CHECK(entry->scopes == std::vector<std::string>{"login", "revoke"});
    CHECK(crypto::admits(*entry, value("credential")));
    const auto people = plain({"credentials", "new", "gw", "--scopes", "login"});
    CHECK(has(people.out, "ghs_gw_"));
    CHECK(has(people.out, "gw:login:"));
    CHECK(plain({"credentials", "new", "G W", "--scopes", "login"}).status == 2);
}

TEST_CASE("healthcheck asks an address, and is 1 for what does not answer") {
    CtlWorld world;
    world.start_and_get_ready();
    const auto socket = "unix:" + (world.directory() / "a.sock");
    CHECK(plain({"healthcheck", socket}).status == 0);
    const auto both = world.ctl({"--json", "healthcheck"});  // no gateway runs
    CHECK(both.status == 1);
    CHECK(has(both.out, R"("healthy":false)"));
    world.stop();
    const auto gone = plain({"healthcheck", socket});
    CHECK(gone.status == 1);
    CHECK(has(gone.out, "no answer"));
    CHECK(plain({"healthcheck", "ftp://x"}).status == 2);
}

TEST_CASE("config check shows both services' settings with secrets masked, and names what is wrong") {
    const std::string key = "a key of more than thirty-two characters";
    const auto good = plain({"config", "check"}, {{"APP_ENV", "development"}, {"SECRET_KEY", key}});
    INFO(good.out << good.err);
    CHECK(has(good.out, "gatehouse-session"));
    CHECK(has(good.out, "gatehouse-gateway"));
    CHECK(has(good.out, "LOGIN_ATTEMPT_LIMIT=5"));
    CHECK_FALSE(has(good.out, key));
    const auto bad =
        plain({"--json", "config", "check"}, {{"APP_ENV", "development"}, {"LOGIN_ATTEMPT_LIMIT", "many"}});
    CHECK(bad.status == 1);
    CHECK(has(bad.out, R"("name":"gatehouse-session","ok":false)"));
    CHECK(has(bad.out, "LOGIN_ATTEMPT_LIMIT"));
}

TEST_CASE("a line of .env.example that is no example can be uncommented and changes nothing") {
    auto defaults = defaults_of_env_example();
    defaults.erase("SESSION_URL");  // the default of a list is shown as nothing
    CHECK(defaults.size() > 50);
    CHECK(settings_with(defaults) == settings_with({}));
}

TEST_CASE("config check --data shows what deploy/run gave the services on that directory, whatever is exported here") {
    const TempDir directory;
    std::ofstream(directory / "env") << "APP_ENV=\"development\"\nLOGIN_ATTEMPT_LIMIT=\"7\"\nDATA_DIR=\"a \\\"b\"\n";
    const auto ran = plain({"config", "check", "--data", directory.path().string()},
                           {{"LOGIN_ATTEMPT_LIMIT", "many"}, {"LOGIN_ATTEMPT_WINDOW", "nonsense"}});
    INFO(ran.out << ran.err);
    CHECK(has(ran.out, "LOGIN_ATTEMPT_LIMIT=7"));
    CHECK(has(ran.out, "DATA_DIR=a \"b"));
    CHECK_FALSE(has(ran.out, "nonsense"));
    const auto missing = plain({"config", "check", "--data", directory / "elsewhere"});
    CHECK(missing.status == 2);
    CHECK(has(missing.err, "does not exist"));
}
