// When a dependency is down: DESIGN's table, row by row, with the real servers killed and brought back.
#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

void check_unavailable(const HttpResponse& response, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == 503);
    CHECK(response.json("error_code") == code);
    CHECK(std::stoi(response.header("Retry-After")) >= 1);
    CHECK(response.count("Set-Cookie") == 0);  // an outage is never a logout
}

// What /health says once it says 503: it answers from a memory of one second.
HttpResponse unhealthy(Deployment& deployment) {
    HttpResponse health;
    CHECK(eventually([&] { return (health = http(deployment.gateway(), "GET", "/health")).status == 503; }, 3s));
    return health;
}

bool served_again(Deployment& deployment, const SignedIn& who) {
    return eventually([&] { return deployment.check(who).status == 200; }, 1500ms);
}

}  // namespace

TEST_CASE(
    "Redis away: check, sign-in and sign-out are 503, no cookie changes, nothing is counted; all is back within a "
    "second") {
    Deployment deployment({Stores::servers, {}, {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");

    deployment.redis().kill();
    check_unavailable(deployment.check(who), "SESSIONS_UNAVAILABLE");
    for (int i = 0; i < 7; ++i) check_unavailable(deployment.login("jane@example.org"), "SESSIONS_UNAVAILABLE");
    check_unavailable(deployment.logout(who), "SESSIONS_UNAVAILABLE");
    CHECK(http(deployment.gateway(), "GET", "/auth/check", {{"Cookie", "session=forged"}}).status == 401);
    const auto health = unhealthy(deployment);
    CHECK(health.json("database") == "connected");
    CHECK(health.json("sessions") == "unavailable");
    // Taking every instance out of service would not bring Redis back.
    CHECK(http(deployment.gateway_admin(), "GET", "/readyz").status == 200);
    CHECK(http(deployment.session_admin(), "GET", "/readyz").status == 200);

    deployment.redis().start();
    CHECK(served_again(deployment, who));  // appendfsync always: the session is still there
    // Each loop has its own connection to Redis. The seven were not counted: no 429 on the way.
    HttpResponse again;
    CHECK(eventually([&] { return (again = deployment.login("jane@example.org")).status != 503; }, 1500ms));
    CHECK(again.status == 200);
}

TEST_CASE("a Redis that hangs is a quick 503, and served again when it goes on") {
    Deployment deployment({Stores::servers, {}, {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    deployment.redis().freeze();
    const auto begun = std::chrono::steady_clock::now();
    check_unavailable(deployment.check(who), "SESSIONS_UNAVAILABLE");
    CHECK(std::chrono::steady_clock::now() - begun < 1500ms);
    deployment.redis().thaw();
    CHECK(served_again(deployment, who));
}

TEST_CASE("MySQL away: checks and sign-out work, sign-in is 503; sign-in is back when it is") {
    if (std::getenv("GATEHOUSE_TEST_MYSQL_HOST")) return;  // a server that is not ours to kill; MariaDB's run covers it
    Deployment deployment({Stores::servers, {}, {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    const auto other = deployment.sign_in("jane@example.org");

    deployment.mariadb().kill();
    CHECK(deployment.check(who).status == 200);
    check_unavailable(deployment.login("jane@example.org"), "DATABASE_UNAVAILABLE");
    CHECK(deployment.logout(who).status == 200);
    CHECK(deployment.check(who).status == 401);
    CHECK(deployment.check(other).status == 200);
    CHECK(unhealthy(deployment).json("database") == "unavailable");

    deployment.mariadb().start();
    CHECK(eventually([&] { return deployment.login("jane@example.org").status == 200; }, 3s));
}

TEST_CASE(
    "session service away: 503 for what asks it, 401 for a cookie that is forged; a killed one loses no user and no "
    "session") {
    Deployment deployment({Stores::servers, {}, {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    deployment.session_process().kill();
    check_unavailable(deployment.check(who), "SERVICE_UNAVAILABLE");
    check_unavailable(deployment.login("jane@example.org"), "SERVICE_UNAVAILABLE");
    check_unavailable(deployment.logout(who), "SERVICE_UNAVAILABLE");
    CHECK(http(deployment.gateway(), "GET", "/auth/check", {{"Cookie", "session=forged"}}).status == 401);
    deployment.start_session();
    deployment.await_ready();
    CHECK(served_again(deployment, who));
    CHECK(deployment.login("jane@example.org").status == 200);
}

TEST_CASE("a killed session service on the embedded stores loses no user") {
    Deployment deployment;
    deployment.create_user("jane@example.org");
    deployment.session_process().kill();
    deployment.start_session();
    deployment.await_ready();
    CHECK(deployment.login("jane@example.org").status == 200);
}

TEST_CASE("sessions are visible and end through every gateway") {
    Deployment deployment({Stores::servers, {}, {}, 2});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org", Deployment::kPassword, 0);
    CHECK(deployment.check(who, 1).status == 200);
    CHECK(deployment.logout(who, 1).status == 200);
    CHECK(deployment.check(who, 0).status == 401);
}
