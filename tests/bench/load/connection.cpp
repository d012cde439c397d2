#include "load/connection.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "load/script.hpp"

namespace gatehouse::bench {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

int open_socket(int family, const sockaddr* address, socklen_t length) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    if (::connect(fd, address, length) != 0) {
        ::close(fd);
        fail("connect");
    }
    const int on = 1;
    if (family == AF_INET) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

}  // namespace

int connect_to(const std::string& target) {
    constexpr std::string_view local = "unix:";
    if (target.starts_with(local)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = target.substr(local.size());
        if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
        path.copy(address.sun_path, path.size());
        return open_socket(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    const auto colon = target.find(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos || ::inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        throw std::runtime_error("neither ADDRESS:PORT nor unix:PATH: " + target);
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target.substr(colon + 1))));
    return open_socket(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Connection::~Connection() { ::close(fd_); }

void Connection::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            pollfd room{fd_, POLLOUT, 0};
            ::poll(&room, 1, -1);
            continue;
        }
        if (sent < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string_view Connection::receive() {
    std::array<char, 16384> piece;  // not filled with zeros: this is the loop's hot spot
    const auto got = ::recv(fd_, piece.data(), piece.size(), 0);
    if (got < 0 && errno == EAGAIN) return {};
    if (got < 0) fail("recv");
    if (got == 0) throw std::runtime_error("the server closed a connection");
    if (!waits_for_answer) throw std::runtime_error("an answer that nobody asked for");
    received_.append(piece.data(), static_cast<std::size_t>(got));
    const auto length = whole_answer(received_);
    if (length != 0 && length < received_.size()) throw std::runtime_error("more than one answer to a request");
    return std::string_view(received_).substr(0, length);
}

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace gatehouse::bench
