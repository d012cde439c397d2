// Service credentials that change while people use the services: SIGHUP reads the files of both sides anew.
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "crypto/service_credential.hpp"
#include "internal_link.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

crypto::NewCredential credential(std::string_view name, const std::vector<std::string>& scopes) {
    return crypto::new_service_credential(name, scopes).value();
}

crypto::NewCredential gateway_credential() { return credential("gateway", {"login", "introspect", "revoke"}); }

// Both services read their credentials from files.
struct Credentials {
    Credentials() {
        show(gateway);
        admit({gateway.entry});
        DeploymentOptions options;
        options.session = {
            {"SERVICE_CREDENTIALS", ""}, {"SERVICE_CREDENTIALS_FILE", admitted()}, {"LOGIN_ATTEMPT_LIMIT", "1000"}};
        options.gateway = {{"SESSION_CREDENTIAL", ""}, {"SESSION_CREDENTIAL_FILE", shown()}};
        deployment.emplace(std::move(options));
        for (const auto somebody : {kJane, kJohn}) create_user(somebody);
    }
    void create_user(std::string_view email) const {
        const auto made = run({std::string(GATEHOUSE_BIN_DIR) + "/gatehousectl", "users", "create", std::string(email),
                               "--name", "Jane Doe", "--role", "student", "--password-stdin"},
                              std::string(Deployment::kPassword) + "\n",
                              {{"SESSION_URL", to_string(deployment->session())},
                               {"GATEHOUSECTL_CREDENTIAL", std::string(admin.credential.view())}});
        INFO(made.err);
        REQUIRE(made.status == 0);
    }
    [[nodiscard]] std::string admitted() const { return dir / "service_credentials"; }
    [[nodiscard]] std::string shown() const { return dir / "session_credential"; }
    // The session service's file: the administrator's entry and these, a line each.
    void admit(const std::vector<crypto::CredentialEntry>& entries) const {
        std::ofstream file(admitted());
        file << to_string(admin.entry) << '\n';
        for (const auto& entry : entries) file << to_string(entry) << '\n';
    }
    void show(const crypto::NewCredential& mine) const { std::ofstream(shown()) << mine.credential.view() << '\n'; }
    void reload_session() { hang_up(deployment->session_process(), "credentials.reloaded"); }
    void reload_gateway() { hang_up(deployment->gateway_process(), "credential.reloaded"); }
    // The session service's answer to a caller with this credential.
    [[nodiscard]] HttpResponse ask(const Secret& with) const {
        return http(deployment->session(), "GET", "/v1/health",
                    {{"Authorization", "Bearer " + std::string(with.view())}});
    }

    TempDir dir;
    crypto::NewCredential admin = credential("ops", {"admin"});
    crypto::NewCredential gateway = gateway_credential();
    std::optional<Deployment> deployment;
};

}  // namespace

TEST_CASE("a credential is rotated under load: add the new one, swap, drop the old one; no request fails") {
    Credentials world;
    const auto who = world.deployment->sign_in(kJane);
    Load load(*world.deployment, who);
    REQUIRE(load.goes_on());
    for (int i = 0; i < 3; ++i) {
        auto next = gateway_credential();
        CHECK(world.ask(next.credential).status == 401);
        world.admit({world.gateway.entry, next.entry});
        world.reload_session();
        CHECK(world.ask(next.credential).status == 200);
        CHECK(world.ask(world.gateway.credential).status == 200);
        world.show(next);
        world.reload_gateway();
        REQUIRE(load.goes_on());
        world.admit({next.entry});
        world.reload_session();
        CHECK(world.ask(world.gateway.credential).status == 401);
        REQUIRE(load.goes_on());
        world.gateway = std::move(next);
    }
    load.end_well();
    for (Process* process : {&world.deployment->session_process(), &world.deployment->gateway_process()})
        CHECK(process->output().find(std::string(world.gateway.credential.view().substr(12))) == std::string::npos);
}

TEST_CASE(
    "wrong and missing credentials are 401, a disabled one is 403, in one shape; people see 503 and stay signed in") {
    Credentials world;
    const auto who = world.deployment->sign_in(kJane);
    const auto check_shape = [](const HttpResponse& answer, int status, const std::string& code) {
        CHECK(answer.status == status);
        CHECK(answer.json("success") == "false");
        CHECK(answer.json("error_code") == code);
        CHECK_FALSE(answer.json("message").empty());
        CHECK(answer.json("request_id").size() == 16);
    };
    check_shape(http(world.deployment->session(), "GET", "/v1/health"), 401, "NOT_AUTHENTICATED");
    check_shape(world.ask(gateway_credential().credential), 401, "NOT_AUTHENTICATED");

    auto disabled = world.gateway.entry;
    disabled.scopes.emplace_back("disabled");
    world.admit({disabled});
    world.reload_session();
    check_shape(world.ask(world.gateway.credential), 403, "FORBIDDEN");
    const auto check = world.deployment->check(who);
    CHECK(check.status == 503);
    CHECK(check.count("Set-Cookie") == 0);
    CHECK(world.deployment->login(kJane).status == 503);
    CHECK(eventually([&] {
        return world.deployment->gateway_process().output().find("session_client.credential_refused") !=
               std::string::npos;
    }));

    world.admit({world.gateway.entry});
    world.reload_session();
    CHECK(world.deployment->check(who).status == 200);
}

TEST_CASE("a gateway that waits says what to look at: its credential, its SESSION_URL, or nothing but patience") {
    Deployment deployment;
    const std::string stranger(gateway_credential().credential.view());
    OneMoreGateway unknown(deployment, {{"SESSION_CREDENTIAL", stranger}});
    CHECK(unknown.says("the session service answers, but does not accept SESSION_CREDENTIAL"));
    CHECK(unknown.says("The service credential is not known here"));
    OneMoreGateway elsewhere(deployment, {{"SESSION_URL", to_string(deployment.session_admin())}});
    CHECK(elsewhere.says("something else than the session service: its admin port?"));
    OneMoreGateway early(deployment, {{"SESSION_URL", "127.0.0.1:" + std::to_string(free_port())}});
    CHECK(early.says("does not answer yet: is SESSION_URL right?"));
}

TEST_CASE("a file with mistakes changes nothing, and all of them are told") {
    Credentials world;
    const auto who = world.deployment->sign_in(kJane);
    {
        std::ofstream file(world.admitted(), std::ios::app);
        file << "gateway:everything:" << std::string(64, 'a') << "\nops:admin:12\n";
    }
    hang_up(world.deployment->session_process(), "credentials.reload_failed", 2);
    const auto told = world.deployment->session_process().output();
    CHECK(told.find("entry 3: gateway has a scope that is none of") != std::string::npos);
    CHECK(told.find("entry 4: ops: the hash is not 64 hex digits") != std::string::npos);
    CHECK(world.deployment->check(who).status == 200);
    std::filesystem::remove(world.admitted());
    hang_up(world.deployment->session_process(), "credentials.reload_failed");
    CHECK(world.deployment->check(who).status == 200);

    std::ofstream(world.shown()) << "no credential";
    hang_up(world.deployment->gateway_process(), "credential.reload_failed");
    CHECK(world.deployment->check(who).status == 200);
}

TEST_CASE("over a Unix socket everything works, and only its owner and its group may connect") {
    Credentials world;
    const auto& session = world.deployment->session();
    REQUIRE(session.is_unix());
    CHECK(world.deployment->gateway_variables().at("SESSION_URL") == "unix:" + session.unix_path);
    struct stat file{};
    REQUIRE(::stat(session.unix_path.c_str(), &file) == 0);
    CHECK(S_ISSOCK(file.st_mode));
    CHECK((file.st_mode & 07777) == 0660);
    const auto who = world.deployment->sign_in(kJane);
    CHECK(world.deployment->check(who).status == 200);
    CHECK(world.deployment->logout(who).status == 200);
    const auto listed = run(
        {GATEHOUSE_BIN_DIR "/gatehousectl", "users", "list"}, "",
        {{"SESSION_URL", to_string(session)}, {"GATEHOUSECTL_CREDENTIAL", std::string(world.admin.credential.view())}});
    CHECK(listed.status == 0);
    CHECK(listed.out.find(kJane) != std::string::npos);
    world.deployment->session_process().signal(SIGTERM);
    CHECK(world.deployment->session_process().wait() == 0);
    CHECK_FALSE(std::filesystem::exists(session.unix_path));
    world.deployment->start_session();
    world.deployment->await_ready();
    CHECK(world.deployment->sign_in(kJane).response.status == 200);
}
