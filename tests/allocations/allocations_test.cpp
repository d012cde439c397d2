// Heap allocations per check, one check at a time, which shares no batch with others: numbers that go up only when
// somebody decides so. Coroutine frames and read buffers are recycled (async/thread_memory.hpp) and not among them.
#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;

namespace {

// One service's count of its operator new (counting_new.cpp).
class Counted {
public:
    explicit Counted(std::string path) : path_(std::move(path)) {
        const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ::ftruncate(fd, sizeof(Number)) != 0)
            throw std::system_error(errno, std::generic_category(), path_);
        void* memory = ::mmap(nullptr, sizeof(Number), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ::close(fd);
        if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path_);
        number_ = static_cast<Number*>(memory);
    }
    ~Counted() { ::munmap(number_, sizeof(Number)); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    [[nodiscard]] Variables variables() const { return {{"LD_PRELOAD", COUNTING_NEW}, {"COUNTED_ALLOCATIONS", path_}}; }
    [[nodiscard]] std::uint64_t number() const { return *number_; }

private:
    using Number = std::atomic<std::uint64_t>;
    std::string path_;
    Number* number_ = nullptr;
};

struct PerCheck {
    double gateway;
    double session;
};

struct World {
    explicit World(std::string redis_url) {
        DeploymentOptions options;
        options.session = session.variables();
        if (!redis_url.empty()) options.session["REDIS_URL"] = std::move(redis_url);
        options.gateway = gateway.variables();
        deployment.emplace(std::move(options));
        deployment->create_user("jane@example.org");
    }

    // Checks one after the other on one connection.
    void check(int times) {
        for (int i = 0; i < times; ++i) {
            client->send(request);
            if (client->receive().status != 200) throw std::runtime_error("a check was refused");
        }
    }
    PerCheck measure() {
        constexpr int checks = 2000;
        client.emplace(deployment->gateway());
        request = http_request("GET", "/auth/check", {{"Cookie", deployment->sign_in("jane@example.org").cookie}});
        check(200);  // whatever is kept afterwards has been taken
        const auto gateway_before = gateway.number();
        const auto session_before = session.number();
        check(checks);
        return {static_cast<double>(gateway.number() - gateway_before) / checks,
                static_cast<double>(session.number() - session_before) / checks};
    }

    TempDir directory;
    Counted gateway{directory / "gateway"};
    Counted session{directory / "session"};
    std::optional<Deployment> deployment;
    std::optional<HttpConnection> client;
    std::string request;
};

// Besides the check itself something may be done once a second; a whole allocation more for each is found.
constexpr double kOthers = 0.5;

}  // namespace

TEST_CASE("a check asks the heap so often and no more: sessions in Redis") {
    RedisServer redis;
    const auto [gateway, session] = World(redis.unix_url()).measure();
    INFO("gateway " << gateway << ", session service " << session);
    CHECK(gateway < 12 + kOthers);
    CHECK(session < 12 + kOthers);
    CHECK(gateway > 1);  // else nothing was counted
    CHECK(session > 1);
}

TEST_CASE("a check asks the heap so often and no more: sessions in memory") {
    const auto [gateway, session] = World("").measure();
    INFO("gateway " << gateway << ", session service " << session);
    CHECK(gateway < 12 + kOthers);
    CHECK(session < 6 + kOthers);
}
