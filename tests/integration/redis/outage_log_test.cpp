// An operator reads of an outage once, and of its end; not once per command that failed.
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

// What is written to standard error while it lives.
class StandardError {
public:
    StandardError() : kept_(::dup(STDERR_FILENO)), file_(::memfd_create("stderr", MFD_CLOEXEC)) {
        ::dup2(file_, STDERR_FILENO);
    }
    ~StandardError() {
        ::dup2(kept_, STDERR_FILENO);
        ::close(kept_);
        ::close(file_);
    }
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

    // How many lines hold `text`.
    [[nodiscard]] int count(std::string_view text) const {
        std::string all(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
        const auto got = ::pread(file_, all.data(), all.size(), 0);
        all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        int lines = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size())) ++lines;
        return lines;
    }

private:
    int kept_;
    int file_;
};

}  // namespace

TEST_CASE("an outage is logged once, its end too, without the password") {
    const StandardError lines;
    RedisServer server({.requirepass = "hunter2"});
    TestClient redis(redis_at("redis://:hunter2@127.0.0.1:" + std::to_string(server.port())));
    REQUIRE(redis.connected());
    CHECK(lines.count("redis.connected") == 1);
    server.kill();
    REQUIRE(redis.disconnected());
    for (int i = 0; i < 100; ++i) {
        CHECK(redis.text({"PING"}) == "(unavailable)");
        turn_for(redis.loop, 10ms);
    }
    CHECK(lines.count("redis.unavailable") == 1);
    server.start();
    REQUIRE(redis.connected());
    CHECK(lines.count("redis.connected") == 2);
    CHECK(lines.count("redis.restarted") == 1);
    CHECK(lines.count("redis.evicts") == 0);
    CHECK(lines.count("hunter2") == 0);
}

TEST_CASE("a wrong password is logged once, and is not in the log") {
    const StandardError lines;
    RedisServer server({.requirepass = "right"});
    TestClient redis(redis_at("redis://:hunter2@127.0.0.1:" + std::to_string(server.port())));
    REQUIRE(turn_until(redis.loop, [&] { return lines.count("WRONGPASS") > 0; }));
    turn_for(redis.loop, 500ms);  // it tries again and again
    CHECK(lines.count("WRONGPASS") == 1);
    CHECK(lines.count("hunter2") == 0);
}

TEST_CASE("a Redis that evicts keys is warned of") {
    const StandardError lines;
    RedisServer server({.requirepass = "", .arguments = {"--maxmemory-policy", "allkeys-lru"}});
    TestClient redis(redis_at(server.unix_url()));
    REQUIRE(redis.connected());
    CHECK(lines.count("redis.evicts") == 1);
    CHECK(lines.count("allkeys-lru") == 1);
}
