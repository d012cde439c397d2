// What of libs/mysql needs no server. The rest: tests/integration/mysql_*_test.cpp.
#include "mysql/pool.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/process.hpp"

using namespace gatehouse;
using namespace std::chrono_literals;

namespace {

mysql::PoolOptions pool_for(std::uint16_t port) {
    mysql::PoolOptions options;
    options.server.port = port;
    options.server.user = "somebody";
    options.server.password = Secret(std::string_view("hunter2hunter2"));
    options.server.connect_timeout = 1s;
    return options;
}

Result<void> call(mysql::Pool& pool) {
    return pool.write([](mysql::Connection&) -> Result<void> { return {}; });
}

// Listens and never answers.
class Mute {
public:
    Mute() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(socket_, 8) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
    }
    ~Mute() { ::close(socket_); }
    Mute(const Mute&) = delete;
    Mute& operator=(const Mute&) = delete;
    std::uint16_t port = 0;

private:
    int socket_;
};

}  // namespace

TEST_CASE("a server that is not there is unavailable at once, and the address is told without the password") {
    mysql::Pool pool(pool_for(test::free_port()));
    const auto began = std::chrono::steady_clock::now();
    const auto result = call(pool);
    CHECK(std::chrono::steady_clock::now() - began < 1s);  // the connect's time-out
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::unavailable);
    CHECK(result.error().detail.find("tcp://127.0.0.1:") != std::string::npos);
    CHECK(result.error().detail.find("somebody") != std::string::npos);
    CHECK(result.error().detail.find("hunter2") == std::string::npos);
    CHECK(pool.open() == 0);
}

TEST_CASE("a server that takes the connection and says nothing is a timeout, for the next caller at once") {
    Mute mute;
    mysql::Pool pool(pool_for(mute.port));
    const auto began = std::chrono::steady_clock::now();
    CHECK(call(pool).error().code == Errc::timeout);
    const auto first = std::chrono::steady_clock::now();
    CHECK(first - began >= 900ms);
    CHECK(first - began < 3s);
    CHECK(call(pool).error().code == Errc::timeout);
    CHECK(std::chrono::steady_clock::now() - first < 900ms);
}

TEST_CASE("a socket that is not there is unavailable") {
    test::TempDir directory;
    auto options = pool_for(0);
    options.server.unix_socket = directory / "no.sock";
    mysql::Pool pool(std::move(options));
    const auto result = call(pool);
    CHECK(result.error().code == Errc::unavailable);
    CHECK(result.error().detail.find("no.sock") != std::string::npos);
}
