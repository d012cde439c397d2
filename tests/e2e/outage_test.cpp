// When a dependency is down: DESIGN's table, row by row, with the real servers killed and brought back.
#include "outage.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

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
