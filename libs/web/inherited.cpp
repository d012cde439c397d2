#include "web/inherited.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 64;

// No other thread runs yet.
std::string_view variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value ? value : "";
}

bool listens(int fd) noexcept {
    int accepts = 0;
    socklen_t size = sizeof accepts;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0;
}

// The variables are for this process alone: a child must not take them for its own.
std::vector<int> read_environment() {
    std::vector<int> found;
    const auto pid = parse_number<pid_t>(variable("LISTEN_PID"));
    const auto count = parse_number<int>(variable("LISTEN_FDS"));
    if (pid == ::getpid() && count) {
        for (int fd = kFirst; fd < kFirst + std::min(*count, kMost); ++fd) {
            if (!listens(fd)) continue;
            ::fcntl(fd, F_SETFD, FD_CLOEXEC);
            ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
            found.push_back(fd);
        }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
    }
    return found;
}

std::vector<int>& inherited() {
    static std::vector<int> sockets = read_environment();
    return sockets;
}

// By family, address and port, or by path.
bool same(const sockaddr& a, const sockaddr& b, socklen_t size) noexcept {
    if (a.sa_family != b.sa_family) return false;
    if (a.sa_family == AF_INET6) {
        const auto& one = reinterpret_cast<const sockaddr_in6&>(a);
        const auto& other = reinterpret_cast<const sockaddr_in6&>(b);
        return one.sin6_port == other.sin6_port &&
               std::memcmp(&one.sin6_addr, &other.sin6_addr, sizeof one.sin6_addr) == 0;
    }
    return std::memcmp(&a, &b, size) == 0;
}

}  // namespace

std::optional<int> take_inherited(const sockaddr& address, socklen_t size) {
    auto& sockets = inherited();
    const auto found = std::ranges::find_if(sockets, [&](int fd) {
        sockaddr_storage bound{};
        socklen_t bound_size = sizeof bound;
        const auto* name = reinterpret_cast<const sockaddr*>(&bound);
        return ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &bound_size) == 0 && same(*name, address, size);
    });
    if (found == sockets.end()) return std::nullopt;
    const int fd = *found;
    sockets.erase(found);
    return fd;
}

std::span<const int> inherited_left() { return inherited(); }

}  // namespace gatehouse::web
