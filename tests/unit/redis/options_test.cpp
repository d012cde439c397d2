#include "redis/options.hpp"

#include "support/catch.hpp"

using namespace gatehouse;
using redis::parse_redis_url;

TEST_CASE("a redis URL names host, port, database and credentials") {
    auto options = parse_redis_url("redis://gate:p%40ss%2Fw@cache.internal:6380/3");
    REQUIRE(options);
    CHECK(options->endpoint.host == "cache.internal");
    CHECK(options->endpoint.port == 6380);
    CHECK(options->user == "gate");
    CHECK(options->password.view() == "p@ss/w");
    CHECK(options->database == 3);

    options = parse_redis_url("redis://:secret@[::1]");
    REQUIRE(options);
    CHECK(options->endpoint.host == "::1");
    CHECK(options->endpoint.port == 6379);
    CHECK(options->user.empty());
    CHECK(options->password.view() == "secret");

    options = parse_redis_url("redis://localhost/?db=2");
    REQUIRE(options);
    CHECK(options->database == 2);
}

TEST_CASE("a redis URL may name a Unix socket") {
    auto options = parse_redis_url("unix:///run/redis/redis.sock?db=4");
    REQUIRE(options);
    CHECK(options->endpoint.unix_path == "/run/redis/redis.sock");
    CHECK(options->database == 4);

    options = parse_redis_url("unix://:pw@/run/redis.sock");
    REQUIRE(options);
    CHECK(options->endpoint.unix_path == "/run/redis.sock");
    CHECK(options->password.view() == "pw");
}

TEST_CASE("a redis URL that is wrong is refused without repeating its password") {
    for (const char* url : {"", "localhost:6379", "http://x", "redis://", "redis://:6379", "redis://h:0",
                            "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/0/1", "redis://h?timeout=1",
                            "redis://[::1", "redis://u:hunter2%zz@h", "redis://user@h", "unix://relative",
                            "unix:/run/x", "redis://h:6379x", "rediss://u:hunter2@h"}) {
        CAPTURE(url);
        auto options = parse_redis_url(url);
        REQUIRE_FALSE(options);
        CHECK(options.error().code == Errc::invalid_input);
        CHECK(options.error().detail.find("hunter2") == std::string::npos);
    }
    CHECK(parse_redis_url("rediss://h").error().detail.find("TLS") != std::string::npos);
    CHECK_FALSE(parse_redis_url("unix:///" + std::string(107, 'x')));
}

TEST_CASE("options are copied for the next loop with their password") {
    auto options = parse_redis_url("redis://gate:pw@h/5");
    REQUIRE(options);
    const auto copy = options->copy();
    CHECK(copy.endpoint.host == "h");
    CHECK(copy.password.view() == "pw");
    CHECK(copy.user == "gate");
    CHECK(copy.database == 5);
    CHECK(copy.command_timeout == options->command_timeout);
    CHECK(copy.max_reply_bytes == options->max_reply_bytes);
}
