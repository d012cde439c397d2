// What gateways see of a session service that has just been started, as in an upgrade of one instance after the other.
#include <thread>

#include "support/catch.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// Well formed, so that Redis is asked: a tag and 32 bytes, all nought.
const std::string kUnknown = R"({"token":"1)" + std::string(12 + 43, 'A') + R"("})";

// The answer to a question that comes before Redis answers, which it does 100 ms later.
int status_while_connecting() {
    RedisServer redis;
    SessionService service({{"REDIS_URL", redis.unix_url()}});
    redis.freeze();
    service.start();
    REQUIRE(eventually([&] { return service.admin_status("/livez") == 200; }, 20s));
    HttpConnection asked(service.listen());
    asked.send(http_request("POST", "/v1/sessions/introspect", service.headers(), kUnknown));
    std::this_thread::sleep_for(100ms);  // a service that did not wait would refuse meanwhile
    redis.thaw();
    return asked.receive().status;
}

}  // namespace

TEST_CASE("a check that meets a service which still connects to Redis waits for it") {
    // Once is enough: on a busy machine the service may be a second late, and then says so.
    int status = 0;
    for (int round = 0; round < 5 && status != 200; ++round) status = status_while_connecting();
    CHECK(status == 200);
}
