// A batch of introspections on a real Redis: as many questions as allowed, and one wait for the answers.
#include <thread>

#include "crypto/token.hpp"
#include "support/catch.hpp"
#include "support/fault_proxy.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

std::string batch(const std::string& first, int size) {
    std::string items = R"({"token":")" + first + R"("})";
    for (int i = 1; i < size; ++i)
        items += R"(,{"token":")" + std::string(crypto::new_token(crypto::tag_of(std::to_string(i))).view()) + R"("})";
    return R"({"items":[)" + items + "]}";
}

// How often Redis has been asked MGET.
std::string mgets(RedisServer& redis) {
    const auto stats = redis.command({"INFO", "commandstats"});
    const auto at = stats.find("cmdstat_mget:calls=");
    if (at == std::string::npos) return "0";
    const auto begin = at + std::string_view("cmdstat_mget:calls=").size();
    return stats.substr(begin, stats.find(',', at) - begin);
}

}  // namespace

TEST_CASE("a batch of 100 tokens is one round trip and one command for Redis") {
    RedisServer redis;
    FaultProxy between(redis.port());
    SessionService service({{"REDIS_URL", "redis://127.0.0.1:" + std::to_string(between.port())},
                            {"REDIS_TIMEOUT", "20s"},
                            {"CHECK_TIMEOUT", "20s"},
                            {"BODY_BYTES_MAX", "65536"}});
    service.start_and_get_ready();
    const HttpHeaders ops{{"Authorization", "Bearer " + service.admin_credential()}};
    REQUIRE(http(service.listen(), "POST", "/v1/users", ops,
                 R"({"email":"ada@example.org","full_name":"Ada","role":"student","password":"correct horse 1"})")
                .status < 300);
    const auto login = service.post("/v1/login", R"({"email":"ada@example.org","password":"correct horse 1"})");
    REQUIRE(login.status == 200);

    redis.command({"CONFIG", "RESETSTAT"});
    between.delay(4s);  // of what Redis answers
    HttpResponse answer;
    std::atomic<bool> answered = false;
    std::jthread asking([&] {
        answer = service.post("/v1/sessions/introspect", batch(login.json("token"), 100));
        answered = true;
    });
    CHECK(eventually([&] { return mgets(redis) == "1"; }, 10s));
    CHECK_FALSE(answered);
    asking.join();
    between.forward();
    REQUIRE(answer.status == 200);
    CHECK(mgets(redis) == "1");
    std::size_t active = 0;
    std::size_t inactive = 0;
    for (auto at = answer.body.find("\"active\":"); at != std::string::npos;
         at = answer.body.find("\"active\":", at + 1))
        ++(answer.body.compare(at, 13, "\"active\":true") == 0 ? active : inactive);
    CHECK(active == 1);
    CHECK(inactive == 99);
    CHECK(answer.body.find(R"("sub":"1")") != std::string::npos);

    CHECK(service.post("/v1/sessions/introspect", batch(login.json("token"), 101)).status == 400);
    CHECK(mgets(redis) == "1");
}
