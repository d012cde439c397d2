// Several gateways that count sign-ins per address together, through a real Redis that goes away and comes back.
#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// Two gateways, 8 sign-ins per address and hour.
struct LimitWorld {
    explicit LimitWorld() : deployment({Stores::embedded, {}, gateway(), 2}) {}
    Variables gateway() const { return {{"LOGIN_RATE_LIMIT", "8/1h"}, {"RATE_LIMIT_REDIS_URL", redis.unix_url()}}; }
    // A sign-in of somebody who does not exist: never the same, so that no other limit counts.
    HttpResponse guess(std::size_t through) {
        return deployment.login("nobody" + std::to_string(++guesses) + "@example.org", "12345678", {}, through);
    }
    // How many of `tries` are let through, by turns.
    int passed(int tries) {
        int passed = 0;
        for (int i = 0; i < tries; ++i) passed += guess(static_cast<std::size_t>(i % 2)).status == 401 ? 1 : 0;
        return passed;
    }
    RedisServer redis;
    Deployment deployment;
    int guesses = 0;
};

}  // namespace

TEST_CASE("the quota is one for all gateways, a success is given back, and every key ends by itself") {
    LimitWorld world;
    world.deployment.create_user("jane@example.org");
    for (std::size_t i = 0; i < 6; ++i)
        CHECK(world.deployment.login("jane@example.org", Deployment::kPassword, {}, i % 2).status == 200);
    CHECK(world.passed(8) == 8);
    for (const std::size_t gateway : {0U, 1U}) {
        const auto refused = world.guess(gateway);
        CHECK(refused.status == 429);
        CHECK(refused.json("error_code") == "RATE_LIMIT_EXCEEDED");
        CHECK(std::stoi(refused.header("Retry-After")) > 300);
        CHECK(refused.header("RateLimit-Policy") == "\"login\";q=8;w=3600");
        CHECK(refused.header("RateLimit").starts_with("\"login\";r=0;t="));
    }
    const std::string key = "gh:rate:login:127.0.0.1";
    CHECK(world.redis.command({"KEYS", "*"}).starts_with(key));
    const auto ttl = std::stoi(world.redis.command({"TTL", key}));
    CHECK(ttl > 3000);
    CHECK(ttl <= 3600);
}

TEST_CASE("while Redis is away each gateway lets a quarter through; then all count together again") {
    LimitWorld world;
    CHECK(world.passed(4) == 4);
    world.redis.kill();
    CHECK(world.passed(20) == 2 * 2);
    const auto metrics = http(world.deployment.gateway_admin(), "GET", "/metrics").body;
    CHECK(metrics.find("gatehouse_login_limit_fallbacks_total 10") != std::string::npos);
    CHECK(world.deployment.gateway_process().output().find("login.shared_limit_away") != std::string::npos);
    world.redis.start();  // without its data
    CHECK(eventually([&] {
        world.guess(0);
        world.guess(1);
        return world.redis.command({"EXISTS", "gh:rate:login:127.0.0.1"}) == "1";
    }));
    CHECK(world.passed(20) < 8);
}

TEST_CASE("a Redis that hangs delays a sign-in little and limits all the same") {
    LimitWorld world;
    world.redis.freeze();
    const auto begun = std::chrono::steady_clock::now();
    CHECK(world.guess(0).status == 401);
    CHECK(std::chrono::steady_clock::now() - begun < 3s);
    CHECK(world.passed(12) <= 3);
    world.redis.thaw();
}
