#include "redis/client.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "fixture.hpp"
#include "support/catch.hpp"
#include "support/fault_proxy.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using redis::Commands;
using redis::Reply;

TEST_CASE("replies of every kind arrive as values") {
    RedisServer server;
    TestClient redis(redis_at(GENERATE(true, false) ? server.unix_url() : server.tcp_url()));
    REQUIRE(redis.connected());

    using namespace std::string_view_literals;
    CHECK(redis.ask({"SET", "k", "a\0b\r\n"sv})->is(Reply::Kind::status));
    CHECK(redis.text({"GET", "k"}) == "a\0b\r\n"sv);
    CHECK(redis.ask({"GET", "nobody"})->is(Reply::Kind::nil));
    CHECK(redis.ask({"INCRBY", "n", "-5"})->integer == -5);
    const auto both = redis.ask({"MGET", "k", "nobody"});
    REQUIRE(both->elements.size() == 2);
    CHECK(both->elements[0].text == "a\0b\r\n"sv);
    CHECK(both->elements[1].is(Reply::Kind::nil));
    const auto nested = redis.ask({"EVAL", "return {1, {'x', {}}}", "0"});
    CHECK(nested->elements[1].elements[0].text == "x");
    CHECK(nested->elements[1].elements[1].is(Reply::Kind::array));
}

TEST_CASE("an error reply is protocol, unless Redis refuses to serve") {
    RedisServer server;
    TestClient redis(redis_at(server.unix_url()));
    REQUIRE(redis.connected());

    CHECK(redis.text({"NOSUCH", "secret-argument"}) == "(protocol)");
    CHECK(redis.ask({"NOSUCH", "secret-argument"}).error().detail.find("secret-argument") == std::string::npos);
    server.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
    CHECK(redis.text({"SET", "k", "v"}) == "(unavailable)");  // NOREPLICAS
    server.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
    server.command({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(redis.text({"SET", "k", "v"}) == "(unavailable)");  // OOM
    server.command({"CONFIG", "SET", "maxmemory", "0"});
    CHECK(redis.client.counts().connects == 1);
}

TEST_CASE("a primary that becomes a replica is left, by the first refused write or within two seconds") {
    RedisServer server;
    const bool writes = GENERATE(true, false);
    CAPTURE(writes);
    TestClient redis(redis_at(server.unix_url()));
    REQUIRE(redis.connected());
    REQUIRE(redis.text({"SET", "k", "v"}) == "OK");
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    if (writes) CHECK(redis.text({"SET", "k", "v"}) == "(unavailable)");  // READONLY
    CHECK(redis.disconnected(writes ? 0ms : 2s));
    CHECK(redis.text({"GET", "k"}) == "(unavailable)");
    CHECK(eventually([&] { return redis.ask({"GET", "k"}).error().detail.contains("it is a replica"); }));
    CHECK_FALSE(redis.connected(1500ms));
    server.command({"REPLICAOF", "NO", "ONE"});
    CHECK(redis.connected());
    CHECK(redis.text({"GET", "k"}) == "v");
}

TEST_CASE("a name that leads to another server after a failover is followed") {
    RedisServer old_primary;
    RedisServer new_primary;
    TempDir directory;
    const std::string name = directory / "redis.sock";
    std::filesystem::create_symlink(old_primary.socket_path(), name);
    TestClient redis(redis_at("unix://" + name));
    REQUIRE(redis.connected());
    REQUIRE(redis.text({"SET", "session", "old"}) == "OK");
    old_primary.command({"REPLICAOF", "127.0.0.1", "1"});
    std::filesystem::remove(name);
    std::filesystem::create_symlink(new_primary.socket_path(), name);
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(redis.ask({"GET", "session"})->is(Reply::Kind::nil));
    CHECK(redis.client.counts().restarts == 1);
}

TEST_CASE("the password and the database are set on every connection") {
    RedisServer server({.requirepass = "p@ss"});
    auto options = redis_at("unix://:p%40ss@" + server.socket_path() + "?db=3");
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    CHECK(redis.text({"SET", "where", "db3"}) == "OK");
    CHECK(redis.text({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"}) != "(timeout)");
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(redis.text({"GET", "where"}) == "db3");
}

TEST_CASE("a wrong password leaves the client unavailable, and says why") {
    RedisServer server({.requirepass = "right"});
    const auto* const url = GENERATE("unix://:wrong@", "unix://");
    TestClient redis(redis_at(url + server.socket_path()));
    std::string why;
    CHECK(eventually([&] {
        const auto reply = redis.ask({"PING"});
        REQUIRE(reply.error().code == Errc::unavailable);
        why = reply.error().detail;
        return why.find("WRONGPASS") != std::string::npos || why.find("NOAUTH") != std::string::npos;
    }));
    INFO(why);
    CHECK_FALSE(redis.client.connected());
}

TEST_CASE("a script is loaded when Redis does not have it") {
    static const redis::Script script("return {KEYS[1], ARGV[1]}");
    RedisServer server;
    TestClient redis(redis_at(server.unix_url()));
    REQUIRE(redis.connected());
    auto run = [&] {
        auto reply = run_task(redis.loop, redis.client.eval(script, {"key"}, {"argument"}, Deadline::after(1s)));
        return reply && reply->elements.size() == 2 && reply->elements[0].text == "key" &&
               reply->elements[1].text == "argument";
    };
    CHECK(run());
    CHECK(run());
    CHECK(server.command({"SCRIPT", "FLUSH"}) == "OK");
    CHECK(run());
    server.restart();
    REQUIRE(redis.disconnected());
    REQUIRE(redis.connected());
    CHECK(run());
    CHECK(run());
}

// Ten times a thousand, not one pipeline: a sanitizer with strict_string_checks reads a pipeline to its end for each of
// its commands.
TEST_CASE("ten thousand pipelined commands are answered in order") {
    constexpr int kPipelines = 10;
    constexpr int kCommands = 1000;
    RedisServer server;
    auto options = redis_at(server.tcp_url());
    options.command_timeout = 10s;  // 300 ms are too few for a sanitized build on a busy machine
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    const auto text_of = [](int number) {
        return std::to_string(number) + std::string(static_cast<std::size_t>(number % 300), 'x');
    };
    std::vector<std::vector<Result<redis::Reply>>> replies(kPipelines);
    const auto ask = [](redis::Client& client, Commands commands, auto& into) -> Task<> {
        into = co_await client.pipeline(std::move(commands), Deadline::after(10s));
    };
    for (int p = 0; p < kPipelines; ++p) {
        Commands commands;
        for (int i = 0; i < kCommands; ++i) commands.add({"ECHO", text_of(p * kCommands + i)});
        redis.loop.tasks.spawn("ask", ask(redis.client, std::move(commands), replies[static_cast<std::size_t>(p)]));
    }
    REQUIRE(test::turn_until(redis.loop,
                             [&] { return std::ranges::none_of(replies, &decltype(replies)::value_type::empty); }));
    int number = 0;
    int wrong = 0;
    for (const auto& pipeline : replies) {
        REQUIRE(pipeline.size() == kCommands);
        INFO((pipeline.front() ? "answered" : describe(pipeline.front().error())));
        for (const auto& reply : pipeline) wrong += !reply || reply->text != text_of(number++);
        CHECK(wrong == 0);
    }
}

TEST_CASE("commands of one turn go out in one write") {
    RedisServer server;
    TestClient redis(redis_at(server.unix_url()));
    REQUIRE(redis.connected());
    auto reads = [&] {
        const auto info = server.command({"INFO", "stats"});
        return std::stol(info.substr(info.find("total_reads_processed:") + 22));
    };
    const auto before = reads();
    int ended = 0;
    for (int i = 0; i < 64; ++i) {
        auto one = [](redis::Client& client, int& count) -> Task<> {
            Commands ping({"PING"});
            const auto reply = co_await client.command(std::move(ping), Deadline::after(1s));
            count += reply.has_value();
        };
        redis.loop.tasks.spawn("ping", one(redis.client, ended));
    }
    REQUIRE(turn_until(redis.loop, [&] { return ended == 64; }));
    CHECK(reads() - before <= 4);  // one of ours; the others are our own questions
}

TEST_CASE("more commands than the bound are refused at once") {
    RedisServer server;
    auto options = redis_at(server.unix_url());
    options.max_in_flight = 10;
    TestClient redis(std::move(options));
    REQUIRE(redis.connected());
    Commands eleven;
    for (int i = 0; i < 11; ++i) eleven.add({"PING"});
    const auto replies = run_task(redis.loop, redis.client.pipeline(std::move(eleven), Deadline::after(1s)));
    REQUIRE(replies.size() == 11);
    CHECK(replies[0].error().code == Errc::overloaded);
    CHECK(redis.text({"PING"}) == "PONG");
}

TEST_CASE("the run id tells one Redis process from the next") {
    RedisServer server;
    TestClient redis(redis_at(server.unix_url()));
    CHECK(redis.client.run_id().empty());
    REQUIRE(redis.connected());
    const auto first = redis.client.run_id();
    CHECK(first.size() == 40);
    server.kill();
    REQUIRE(redis.disconnected());
    CHECK(turn_until(redis.loop, [&] { return redis.client.run_id().empty(); }));
    server.start();
    REQUIRE(redis.connected());
    CHECK(redis.client.run_id().size() == 40);
    CHECK(redis.client.run_id() != first);
    CHECK(redis.client.counts().restarts == 1);
}
