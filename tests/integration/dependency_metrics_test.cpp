// What /metrics says of the database and the session store while they come and go.
#include "support/catch.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

TEST_CASE("the metrics tell within seconds which dependency is away and when it is back") {
    RedisServer redis;
    SessionService service({{"REDIS_URL", redis.unix_url()}});
    service.start_and_get_ready();
    const auto shows = [&](const std::string& line) {
        return http(service.admin_listen(), "GET", "/metrics").body.find(line + "\n") != std::string::npos;
    };
    const std::string database = R"(gatehouse_dependency_up{dependency="database"} )";
    const std::string sessions = R"(gatehouse_dependency_up{dependency="sessions"} )";
    CHECK(eventually([&] { return shows(sessions + "1") && shows(database + "1"); }, 10s));
    redis.stop();
    CHECK(eventually([&] { return shows(sessions + "0"); }, 10s));
    CHECK(shows(database + "1"));
    redis.start();
    CHECK(eventually([&] { return shows(sessions + "1"); }, 10s));
}
