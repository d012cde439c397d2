#include "support/fault_proxy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "support/loopback.hpp"
#include "support/process.hpp"

namespace gatehouse::test {

FaultProxy::FaultProxy(std::uint16_t upstream_port) : upstream_(upstream_port), port_(free_port()) {
    listen();
    thread_ = std::thread([this] { work(); });
}

FaultProxy::~FaultProxy() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    thread_.join();
    for (auto& connection : connections_) reset(connection);
    stop_listening();
}

void FaultProxy::set(Mode mode) {
    mode_ = mode;
    if (mode != Mode::refuse && listener_ < 0) listen();
}

void FaultProxy::forward() {
    const std::lock_guard lock(mutex_);
    set(Mode::forward);
}

void FaultProxy::hang() {
    const std::lock_guard lock(mutex_);
    set(Mode::hang);
}

void FaultProxy::delay(std::chrono::milliseconds by) {
    const std::lock_guard lock(mutex_);
    delay_ = by;
    set(Mode::delay);
}

void FaultProxy::refuse() {
    const std::lock_guard lock(mutex_);
    set(Mode::refuse);
    stop_listening();
    for (auto& connection : connections_) reset(connection);
}

void FaultProxy::cut() {
    const std::lock_guard lock(mutex_);
    for (auto& connection : connections_) reset(connection);
}

void FaultProxy::cut_after(std::size_t answer_bytes) {
    const std::lock_guard lock(mutex_);
    cut_after_ = answer_bytes;
    set(Mode::cut_after);
}

void FaultProxy::half_open() {
    const std::lock_guard lock(mutex_);
    for (auto& connection : connections_) connection.dead = true;
}

void FaultProxy::answer_instead(std::string bytes) {
    const std::lock_guard lock(mutex_);
    instead_ = std::move(bytes);
    set(Mode::answer_instead);
}

std::size_t FaultProxy::accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

std::size_t FaultProxy::open() const {
    const std::lock_guard lock(mutex_);
    return connections_.size();
}

void FaultProxy::listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(port_);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 128) != 0) {
        throw std::system_error(errno, std::generic_category(), "fault proxy");
    }
}

void FaultProxy::stop_listening() {
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
}

// With a reset, not an orderly end: what a killed process or a dropped NAT entry looks like.
void FaultProxy::reset(Connection& connection) {
    if (connection.closed) return;
    const linger now{1, 0};
    for (const int fd : {connection.client, connection.server}) {
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(fd);
    }
    connection.closed = true;
}

void FaultProxy::accept_one() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(upstream_);
    auto& added = connections_.emplace_back(Connection{client, server, {}, {}});
    ++accepted_;
    no_delay(client);
    no_delay(server);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) reset(added);
}

void FaultProxy::read_from(Connection& connection, Pipe& pipe, int source) {
    std::array<char, 65536> buffer;
    const auto got = ::recv(source, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        const auto wait = mode_ == Mode::delay && &pipe == &connection.down ? delay_ : std::chrono::milliseconds(0);
        pipe.held.push_back(
            {std::chrono::steady_clock::now() + wait, std::string(buffer.data(), static_cast<std::size_t>(got))});
    } else if (got == 0) {
        pipe.ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        reset(connection);
    }
}

void FaultProxy::pass_on(Connection& connection, Pipe& pipe, int target, bool answers) {
    while (!pipe.held.empty() && !connection.closed) {
        Chunk& chunk = pipe.held.front();
        if (chunk.due > std::chrono::steady_clock::now()) return;
        if (answers && mode_ == Mode::answer_instead) {
            chunk.bytes = std::move(instead_);
            mode_ = Mode::forward;
        }
        const bool cut = answers && mode_ == Mode::cut_after;
        if (cut) {
            chunk.bytes.resize(std::min(chunk.bytes.size(), cut_after_));
            mode_ = Mode::forward;
        }
        const auto sent = ::send(target, chunk.bytes.data(), chunk.bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN) reset(connection);
            return;
        }
        chunk.bytes.erase(0, static_cast<std::size_t>(sent));
        if (cut) {
            // An orderly end, so that the bytes before it do arrive.
            ::shutdown(target, SHUT_RDWR);
            ::close(connection.client);
            ::close(connection.server);
            connection.closed = true;
        } else if (chunk.bytes.empty()) {
            pipe.held.pop_front();
        }
    }
    if (pipe.ended && pipe.held.empty() && !connection.closed) {
        ::close(connection.client);
        ::close(connection.server);
        connection.closed = true;
    }
}

void FaultProxy::pass_all() {
    for (auto& connection : connections_) {
        if (connection.closed) continue;
        if (connection.dead) {
            connection.up.held.clear();
            connection.down.held.clear();
        } else if (mode_ != Mode::hang) {
            pass_on(connection, connection.up, connection.server, false);
            pass_on(connection, connection.down, connection.client, true);
        }
    }
    connections_.remove_if([](const Connection& connection) { return connection.closed; });
}

void FaultProxy::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        pass_all();
        std::vector<pollfd> watched;
        if (listener_ >= 0) watched.push_back({listener_, POLLIN, 0});
        for (auto& connection : connections_) {
            if (!connection.up.ended) watched.push_back({connection.client, POLLIN, 0});
            if (!connection.down.ended) watched.push_back({connection.server, POLLIN, 0});
        }
        lock.unlock();
        ::poll(watched.data(), watched.size(), 2);
        lock.lock();
        for (const auto& entry : watched) {
            if (entry.revents == 0) continue;
            if (entry.fd == listener_) {
                accept_one();
                continue;
            }
            for (auto& connection : connections_) {
                if (connection.closed) continue;
                if (entry.fd == connection.client)
                    read_from(connection, connection.up, entry.fd);
                else if (entry.fd == connection.server)
                    read_from(connection, connection.down, entry.fd);
            }
        }
    }
}

}  // namespace gatehouse::test
