// A listener that never accepts, its backlog full: further connects get no answer, as from a host that has lost its
// power.
#pragma once

#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

#include "base/settings.hpp"
#include "raw_connection.hpp"
#include "support/catch.hpp"

namespace gatehouse::web::test {

class DeafListener {
public:
    DeafListener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&name), size) == 0);
        REQUIRE(::listen(fd_, 0) == 0);
        REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size) == 0);
        port_ = ntohs(name.sin_port);
        fills_.emplace(endpoint());
    }
    ~DeafListener() { ::close(fd_); }
    DeafListener(const DeafListener&) = delete;
    DeafListener& operator=(const DeafListener&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_, {}}; }

private:
    const int fd_;
    std::uint16_t port_ = 0;
    std::optional<RawConnection> fills_;
};

}  // namespace gatehouse::web::test
