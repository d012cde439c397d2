#include "web/listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "web/inherited.hpp"

namespace gatehouse::web {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

// Any socket address, with its size.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A descriptor that is closed unless it is handed on.
class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Result<Address> to_address(const Endpoint& endpoint) {
    Address address;
    if (endpoint.is_unix()) {
        auto* name = reinterpret_cast<sockaddr_un*>(&address.storage);
        if (endpoint.unix_path.size() >= sizeof name->sun_path) {
            return fail(Errc::invalid_input, fmt::format("{}: the path is longer than {} characters; use a shorter one",
                                                         to_string(endpoint), sizeof name->sun_path - 1));
        }
        name->sun_family = AF_UNIX;
        std::memcpy(name->sun_path, endpoint.unix_path.c_str(), endpoint.unix_path.size() + 1);
        address.size = sizeof *name;
        return address;
    }
    const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
    if (host.empty() || host.find(':') != std::string::npos) {
        auto* name = reinterpret_cast<sockaddr_in6*>(&address.storage);
        name->sin6_family = AF_INET6;
        name->sin6_port = htons(endpoint.port);
        name->sin6_addr = in6addr_any;
        if (!host.empty() && ::inet_pton(AF_INET6, host.c_str(), &name->sin6_addr) != 1) {
            return fail(Errc::invalid_input, fmt::format("{}: not an IP address", to_string(endpoint)));
        }
        address.size = sizeof *name;
        return address;
    }
    auto* name = reinterpret_cast<sockaddr_in*>(&address.storage);
    name->sin_family = AF_INET;
    name->sin_port = htons(endpoint.port);
    if (::inet_pton(AF_INET, host.c_str(), &name->sin_addr) != 1) {
        return fail(Errc::invalid_input, fmt::format("{}: not an IP address", to_string(endpoint)));
    }
    address.size = sizeof *name;
    return address;
}

Result<int> open_socket(const Address& address, const Endpoint& endpoint) {
    const int fd = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(Errc::unavailable,
                    fmt::format("{}: no socket: {}", to_string(endpoint), std::generic_category().message(errno)));
    const int on = 1;
    if (!endpoint.is_unix()) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

// Removes the socket file of a process that is gone. A socket that accepts is somebody's: bind() will say so.
void remove_stale_socket(const Address& address, const std::string& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (probe.get() >= 0 && ::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED) {
        ::unlink(path.c_str());
    }
}

Error bind_error(const Endpoint& endpoint, int error) {
    const char* hint = error == EADDRINUSE      ? "; another process listens there: stop it or choose another address"
                       : error == EACCES        ? "; choose a port above 1023 or a directory that this user may write"
                       : error == EADDRNOTAVAIL ? "; no interface of this machine has that address"
                       : error == ENOENT        ? "; make the directory first"
                                                : "";
    return Error{
        Errc::unavailable,
        fmt::format("cannot listen on {}: {}{}", to_string(endpoint), std::generic_category().message(error), hint),
        std::source_location::current()};
}

}  // namespace

Result<Listening> open_listener(const Endpoint& endpoint) {
    const auto address = to_address(endpoint);
    if (!address) return std::unexpected(address.error());
    if (const auto fd = take_inherited(*address->get(), address->size)) return Listening{*fd, true};
    auto opened = open_socket(*address, endpoint);
    if (!opened) return std::unexpected(std::move(opened).error());
    Descriptor socket(*opened);
    const int on = 1;
    const int off = 0;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (endpoint.host.empty())
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);  // both families
    if (endpoint.is_unix()) remove_stale_socket(*address, endpoint.unix_path);
    if (::bind(socket.get(), address->get(), address->size) != 0) return std::unexpected(bind_error(endpoint, errno));
    if (endpoint.is_unix()) ::chmod(endpoint.unix_path.c_str(), 0660);
    if (::listen(socket.get(), kBacklog) != 0) return std::unexpected(bind_error(endpoint, errno));
    return Listening{socket.release(), false};
}

Endpoint bound_endpoint(int fd, const Endpoint& asked) {
    Endpoint bound = asked;
    Address address;
    address.size = sizeof address.storage;
    if (!asked.is_unix() && ::getsockname(fd, address.get(), &address.size) == 0) {
        bound.port = address.storage.ss_family == AF_INET6
                         ? ntohs(reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port)
                         : ntohs(reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
    }
    return bound;
}

std::expected<Accepted, AcceptFailure> accept_one(int fd) noexcept {
    while (true) {
        Address address;
        address.size = sizeof address.storage;
        const int accepted = ::accept4(fd, address.get(), &address.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) return std::unexpected(AcceptFailure::none_waiting);
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                return std::unexpected(AcceptFailure::out_of_descriptors);
            }
            if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
                return std::unexpected(AcceptFailure::none_waiting);
            if (errno == EPERM || errno == EACCES || errno == ENOSYS) return std::unexpected(AcceptFailure::refused);
            continue;  // this connection died while it waited
        }
        Peer peer;
        if (address.storage.ss_family == AF_INET) {
            const auto* name = reinterpret_cast<sockaddr_in*>(&address.storage);
            peer.address = boost::asio::ip::address_v4(ntohl(name->sin_addr.s_addr));
        } else if (address.storage.ss_family == AF_INET6) {
            const auto* name = reinterpret_cast<sockaddr_in6*>(&address.storage);
            boost::asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &name->sin6_addr, bytes.size());
            const boost::asio::ip::address_v6 v6(bytes);
            // One client is one address, whichever socket family it came through.
            peer.address =
                v6.is_v4_mapped()
                    ? boost::asio::ip::address(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6))
                    : boost::asio::ip::address(v6);
        } else {
            peer.is_unix = true;
        }
        const int on = 1;
        if (!peer.is_unix) ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return Accepted{accepted, peer};
    }
}

Result<int> begin_connect(const Endpoint& endpoint) {
    const auto address = to_address(endpoint);
    if (!address) return std::unexpected(address.error());
    auto opened = open_socket(*address, endpoint);
    if (!opened) return opened;
    Descriptor socket(*opened);
    if (::connect(socket.get(), address->get(), address->size) != 0 && errno != EINPROGRESS && errno != EINTR) {
        return fail(Errc::unavailable, fmt::format("cannot connect to {}: {}", to_string(endpoint),
                                                   std::generic_category().message(errno)));
    }
    return socket.release();
}

}  // namespace gatehouse::web
