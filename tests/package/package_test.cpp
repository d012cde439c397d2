// libs/session_client as another project's dependency: what the README says, built and run.
#include <string>
#include <vector>

#include "crypto/service_credential.hpp"
#include "outside_project.hpp"
#include "support/catch.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {
namespace {

std::string sanitizer_flags() {
    const std::string sanitizers = GATEHOUSE_SANITIZERS;
    return sanitizers.empty() ? "" : "-fsanitize=" + sanitizers;
}

// What the program says to a person of each kind, and to one whose session service hangs.
void tells_the_outcomes_apart(const std::string& program) {
    const auto credential = crypto::new_service_credential("whois", std::vector<std::string>{"introspect"}).value();
    DeploymentOptions options;
    options.more_credentials = to_string(credential.entry);
    Deployment deployment(std::move(options));
    deployment.create_user("jane@example.org");
    const auto jane = deployment.sign_in("jane@example.org");
    const Variables environment{{"APP_ENV", "testing"},
                                {"SESSION_URL", to_string(deployment.session())},
                                {"SESSION_CREDENTIAL", std::string(credential.credential.view())}};
    const auto said = [&](const std::string& cookie) {
        const auto ran = run({program, cookie}, "", environment);
        INFO(ran.err);
        CHECK(ran.status == 0);
        return ran.out;
    };
    CHECK(said(jane.cookie) == "200 jane@example.org\n");
    CHECK(said("session=" + std::string(56, 'x')) == "401 nobody\n");
    deployment.session_process().freeze();
    CHECK(said(jane.cookie).starts_with("503 "));
    deployment.session_process().thaw();
    REQUIRE(deployment.logout(jane).status == 200);
    CHECK(said(jane.cookie) == "401 nobody\n");

    const auto without_credential = run({program, jane.cookie}, "", {{"APP_ENV", "testing"}});
    CHECK(without_credential.status == 1);
    CHECK(without_credential.err.starts_with("SESSION_CREDENTIAL is missing; make one with: "));
}

}  // namespace

TEST_CASE("another project finds the installed package, links it and tells the three outcomes apart") {
    OutsideProject project;
    const auto prefix = project / "prefix";
    OutsideProject::must(
        {GATEHOUSE_CMAKE, "--install", GATEHOUSE_BINARY_DIR, "--component", "development", "--prefix", prefix});
    project.build({"-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_CXX_FLAGS=" + sanitizer_flags()});
    tells_the_outcomes_apart(project.program());

    SECTION("of another minor version it is not content with this one") {
        project.change_line("find_package", "find_package(gatehouse 0.2 CONFIG REQUIRED)");
        CHECK_THROWS_WITH(project.build({}), Catch::Matchers::Contains("0.2"));
    }
}

}  // namespace gatehouse::test
