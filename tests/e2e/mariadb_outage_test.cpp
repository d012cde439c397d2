// The database away. A file of its own: a server that tests/mysql9 names is not ours to kill.
#include <future>
#include <vector>

#include "outage.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

TEST_CASE("MySQL away: checks and sign-out work, sign-in is 503; sign-in is back when it is") {
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

TEST_CASE("everybody who asks for health while the database hangs is told, and no check waits for them") {
    Deployment deployment({Stores::servers, {}, {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    deployment.mariadb().freeze();
    std::vector<std::future<int>> askers;
    for (int i = 0; i < 20; ++i) {
        askers.push_back(
            std::async(std::launch::async, [&] { return http(deployment.gateway(), "GET", "/health").status; }));
    }
    for (int i = 0; i < 50; ++i) CHECK(deployment.check(who).status == 200);
    for (auto& asker : askers) CHECK(asker.get() == 503);
    deployment.mariadb().thaw();
    CHECK(eventually([&] { return http(deployment.gateway(), "GET", "/health").status == 200; }, 5s));
}
