#include "ctl/target.hpp"

#include <fstream>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/process.hpp"

using namespace gatehouse;
using namespace gatehouse::ctl;

namespace {

const std::string kCredential = "ghs_ops_" + std::string(43, 'A');
const std::string kOther = "ghs_other_" + std::string(43, 'B');

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

Target found(const Common& common, const Environment& environment) {
    auto target = find_target(common, environment);
    REQUIRE(target);
    return std::move(*target);
}

}  // namespace

TEST_CASE("addresses of a service are read in all their forms") {
    for (const auto* text :
         {"127.0.0.1:8081", "http://127.0.0.1:8081", "http://127.0.0.1:8081/", "127.0.0.1:8081,10.0.0.2:8081"}) {
        const auto service = find_service(text, {});
        REQUIRE(service);
        CHECK(service->at.host == "127.0.0.1");
        CHECK(service->at.port == 8081);
        CHECK_FALSE(service->tls);
    }
    const auto local = find_service("unix:/run/gatehouse/session.sock", {});
    REQUIRE(local);
    CHECK(local->at.unix_path == "/run/gatehouse/session.sock");
    const auto everywhere = find_service(":9102", {});
    REQUIRE(everywhere);
    CHECK(everywhere->at.host == "127.0.0.1");
}

TEST_CASE("what is no address of a service is a mistake of usage") {
    for (const auto* text : {"", "https://127.0.0.1", "https://:8081", "https://unix:/run/session", "127.0.0.1",
                             "127.0.0.1:99999", "http://127.0.0.1:80/path"}) {
        INFO(text);
        const auto service = find_service(text, {});
        REQUIRE_FALSE(service);
        CHECK(service.error().exit_code == ExitCode::usage);
    }
}

TEST_CASE("https means TLS, with the files that the gateway's variables name") {
    const test::TempDir directory;
    const test::Authority authority(directory, "authority");
    const auto own = authority.sign("own");
    Environment environment{{"SESSION_CA_FILE", authority.file()},
                            {"SESSION_CLIENT_CERT_FILE", own.certificate},
                            {"SESSION_CLIENT_KEY_FILE", own.key}};
    const auto service = find_service("https://session.internal:8081/", environment);
    REQUIRE(service);
    CHECK(to_string(service->at) == "session.internal:8081");
    REQUIRE(service->tls);
    CHECK(service->tls->expires());
    CHECK(find_service("https://127.0.0.1:8081", {})->tls);
    environment["SESSION_CA_FILE"] = directory / "absent";
    const auto refused = find_service("https://127.0.0.1:8081", environment);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().exit_code == ExitCode::usage);
    CHECK(refused.error().message.starts_with(directory / "absent"));
}

TEST_CASE("options beat the environment, and the default address is the session service's") {
    const Environment environment{{"SESSION_URL", "10.0.0.1:1"}, {"GATEHOUSECTL_CREDENTIAL", kCredential}};
    CHECK(found({}, environment).service.at.port == 1);
    CHECK(found({}, environment).credential.view() == kCredential);
    CHECK(found({}, {{"GATEHOUSECTL_CREDENTIAL", kCredential}}).service.at.port == 8081);
    const test::TempDir directory;
    write(directory / "credential", kOther + "\n");
    Common common;
    common.url = "10.0.0.2:2";
    common.credential_file = directory / "credential";
    CHECK(found(common, environment).service.at.host == "10.0.0.2");
    CHECK(found(common, environment).credential.view() == kOther);
    CHECK(found({}, {{"GATEHOUSECTL_CREDENTIAL_FILE", directory / "credential"}}).credential.view() == kOther);
}

TEST_CASE("without a credential the problem says how to make one") {
    const auto target = find_target({}, {});
    REQUIRE_FALSE(target);
    CHECK(target.error().exit_code == ExitCode::denied);
    CHECK(target.error().fix.find("credentials new") != std::string::npos);
}

TEST_CASE("text that is no credential is refused without repeating it") {
    const auto target = find_target({}, {{"GATEHOUSECTL_CREDENTIAL", "hunter2hunter2"}});
    REQUIRE_FALSE(target);
    CHECK(target.error().exit_code == ExitCode::usage);
    CHECK(target.error().message.find("hunter2") == std::string::npos);
    Common missing;
    missing.credential_file = "/nonexistent/credential";
    CHECK(find_target(missing, {}).error().exit_code == ExitCode::usage);
}

TEST_CASE("--data reads the directory's gatehouse.env and beats what is exported") {
    const test::TempDir directory;
    Common common;
    common.data = directory.path().string();
    const auto missing = environment_for(common);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().fix.find("deploy/run") != std::string::npos);

    write(directory / "gatehouse.env", "SESSION_URL=unix:/tmp/x.sock\nGATEHOUSECTL_CREDENTIAL=" + kCredential + "\n");
    ::setenv("SESSION_URL", "10.0.0.9:9", 1);
    const auto environment = environment_for(common);
    REQUIRE(environment);
    const auto target = found(common, *environment);
    CHECK(target.service.at.unix_path == "/tmp/x.sock");
    CHECK(target.credential.view() == kCredential);
}
