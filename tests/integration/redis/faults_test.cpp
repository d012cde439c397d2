#include <algorithm>
#include <functional>
#include <memory>

#include "fixture.hpp"
#include "redis/client.hpp"
#include "support/catch.hpp"
#include "support/fault_proxy.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using redis::Commands;

namespace {

std::chrono::milliseconds span_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

TEST_CASE("a deadline of 50 ms ends after 50 ms when Redis does not answer") {
    RedisServer server;
    FaultProxy proxy(server.port());
    const bool frozen = GENERATE(true, false);
    auto options = redis_at(frozen ? server.port() : proxy.port());
    options.command_timeout = 10s;
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    frozen ? server.freeze() : proxy.hang();
    const auto took = span_of([&] { CHECK(redis.text({"PING"}, 50ms) == "(timeout)"); });
    CHECK(took >= 50ms);
    CHECK(took < 2s);
    CHECK(redis.client.counts().timeouts == 1);
    server.thaw();
}

TEST_CASE("no command waits longer than the client's own limit") {
    RedisServer server;
    auto options = redis_at(server.unix_url());
    options.command_timeout = 100ms;
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    server.freeze();
    const auto took = span_of([&] { CHECK(redis.text({"PING"}, 10s) == "(timeout)"); });
    CHECK(took < 2s);
    server.thaw();
}

TEST_CASE("a connect that hangs does not hold commands up") {
    RedisServer server;
    server.freeze();
    TestClient redis(redis_at(server.port()));
    turn_for(redis.loop, 20ms);
    CHECK(redis.text_at_once({"PING"}) == "(unavailable)");
    server.thaw();
    CHECK(redis.connected(1500ms));  // the attempt under way gives up after 500 ms
}

TEST_CASE("a late reply never becomes another command's") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    proxy.delay(150ms);
    CHECK(redis.text({"ECHO", "late"}, 50ms) == "(timeout)");
    CHECK(redis.text({"ECHO", "first"}) == "first");  // the late reply comes before it, on the same connection
    proxy.forward();
    CHECK(redis.text({"ECHO", "second"}) == "second");
    CHECK(redis.client.counts().connects == 1);
}

TEST_CASE("a reply that is cut in the middle fails its command and reconnects") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    REQUIRE(redis.text({"SET", "k", std::string(1000, 'v')}) == "OK");
    proxy.cut_after(500);
    CHECK(redis.text({"GET", "k"}) == "(unavailable)");
    REQUIRE(redis.connected());
    CHECK(redis.text({"GET", "k"}) == std::string(1000, 'v'));
    proxy.cut();
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("a pipeline that is cut tells what was answered from what was not") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    proxy.cut_after(7);  // "+PONG\r\n"
    Commands three;
    for (int i = 0; i < 3; ++i) three.add({"PING"});
    const auto replies = run_task(redis.loop, redis.client.pipeline(std::move(three), Deadline::after(1s)));
    REQUIRE(replies.size() == 3);
    CHECK(replies[0]->text == "PONG");
    CHECK(replies[1].error().code == Errc::unavailable);
    CHECK(replies[2].error().code == Errc::unavailable);
}

TEST_CASE("while Redis refuses connections every command fails at once, and works within 1 s of its return") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    proxy.refuse();
    REQUIRE(redis.disconnected());
    turn_for(redis.loop, 1500ms);  // the pauses have grown by now
    CHECK(redis.text_at_once({"PING"}) == "(unavailable)");
    proxy.forward();
    CHECK(redis.connected(1000ms));
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("a restarted Redis is served again within 1 s") {
    RedisServer server;
    TestClient redis(redis_at(GENERATE(true, false) ? server.unix_url() : server.tcp_url()));
    REQUIRE(redis.connected());
    server.kill();
    REQUIRE(redis.disconnected());
    turn_for(redis.loop, 700ms);
    server.start();
    CHECK(redis.connected(1000ms));
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("a connection that died without a word is replaced") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    proxy.half_open();
    CHECK(redis.text({"PING"}, 50ms) == "(timeout)");
    REQUIRE(redis.disconnected(1000ms));  // no byte for twice the command's limit
    REQUIRE(redis.connected(1000ms));
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("what is no reply closes the connection") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    const auto* const garbage =
        GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "*1000000000\r\n", "$-7\r\n", "*-9\r\n", "\r\n");
    CAPTURE(garbage);
    proxy.answer_instead(garbage);
    CHECK(redis.text({"PING"}, 1s) == "(protocol)");
    REQUIRE(redis.connected());
    CHECK(redis.text({"PING"}) == "PONG");
    CHECK(redis.client.counts().connects == 2);
}

TEST_CASE("a reply that nobody asked for closes the connection") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    const auto* const extra = GENERATE("+PONG\r\n+PONG\r\n", "+PONG\r\n:1\r\n", "+PONG\r\n*1\r\n:1\r\n",
                                       "+PONG\r\n$-1\r\n", "+PONG\r\n-ERR bye\r\n");
    CAPTURE(extra);
    proxy.answer_instead(extra);
    CHECK(redis.text({"PING"}) == "PONG");
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(redis.text({"ECHO", "x"}) == "x");
}

TEST_CASE("a reply longer than the bound closes the connection") {
    RedisServer server;
    auto options = redis_at(server.unix_url());
    options.max_reply_bytes = 100'000;
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    server.command({"SETRANGE", "big", "9000000", "x"});
    CHECK(redis.text({"GET", "big"}) == "(protocol)");
    REQUIRE(redis.connected());
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("while Redis loads its data the client is unavailable") {
    RedisServer server;
    FaultProxy proxy(server.port());
    TestClient redis(redis_at(proxy.port()));
    REQUIRE(redis.connected());
    proxy.answer_instead("-LOADING Redis is loading the dataset in memory\r\n");
    CHECK(redis.text({"PING"}) == "(unavailable)");
    proxy.cut();
    proxy.answer_instead("-LOADING Redis is loading the dataset in memory\r\n");  // the log-in's first reply
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(proxy.accepted() == 3);  // the one that found it loading was given up
}

TEST_CASE("a name that cannot be resolved is an outage, not a hang") {
    TestClient redis(redis_at("redis://redis.invalid"));
    CHECK(redis.text_at_once({"PING"}) == "(unavailable)");
    turn_for(redis.loop, 100ms);
    CHECK_FALSE(redis.client.connected());
}

TEST_CASE("localhost is resolved") {
    RedisServer server;
    TestClient redis(redis_at("redis://localhost:" + std::to_string(server.port())));
    CHECK(redis.connected());
}

TEST_CASE("a client that is destroyed answers what is in flight with cancelled") {
    RedisServer server;
    Loop loop{0};
    auto client = std::make_unique<redis::Client>(loop, redis_at(server.unix_url()));
    REQUIRE(turn_until(loop, [&] { return client->connected(); }));
    server.freeze();
    std::vector<Errc> ends;
    auto ask = [](redis::Client& from, std::vector<Errc>& to) -> Task<> {
        Commands ping({"PING"});
        const auto reply = co_await from.command(std::move(ping), Deadline::after(1s));
        to.push_back(reply ? Errc::internal : reply.error().code);
    };
    for (int i = 0; i < 100; ++i) loop.tasks.spawn("ping", ask(*client, ends));
    turn_for(loop, 10ms);
    client.reset();
    server.thaw();
    SECTION("and the loop goes on") {
        REQUIRE(turn_until(loop, [&] { return ends.size() == 100; }));
        CHECK(std::ranges::count(ends, Errc::cancelled) == 100);
    }
    SECTION("and the loop never runs again") { CHECK(ends.empty()); }
}

TEST_CASE("a client may go while it connects, waits or never ran") {
    RedisServer server;
    Loop loop{0};
    SECTION("never ran") { const redis::Client client(loop, redis_at(server.unix_url())); }
    SECTION("connecting") {
        server.freeze();
        auto client = std::make_unique<redis::Client>(loop, redis_at(server.port()));
        turn_for(loop, 20ms);
        client.reset();
        turn_for(loop, 20ms);
        server.thaw();
    }
    SECTION("pausing") {
        auto client = std::make_unique<redis::Client>(loop, redis_at(free_port()));
        turn_for(loop, 200ms);
        client.reset();
    }
}
