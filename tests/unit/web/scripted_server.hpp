// A server that does to its clients whatever a test wants: one thread per connection, running the test's script.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/settings.hpp"

namespace gatehouse::web::test {

// The server's end of one connection.
class ScriptedPeer {
public:
    explicit ScriptedPeer(int fd) : fd_(fd) {}
    // The next request, head and body; empty once the client has gone.
    std::string read_request() {
        while (true) {
            if (const auto end = received_.find("\r\n\r\n"); end != std::string::npos) {
                const auto at = received_.find("Content-Length: ");
                const std::size_t body = at < end ? std::stoul(received_.substr(at + 16)) : 0;
                if (received_.size() >= end + 4 + body) {
                    auto request = received_.substr(0, end + 4 + body);
                    received_.erase(0, request.size());
                    return request;
                }
            }
            char buffer[4096];
            const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
            if (got <= 0) return {};
            received_.append(buffer, static_cast<std::size_t>(got));
        }
    }
    // Whatever comes first.
    std::string read_some() {
        char buffer[4096];
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
    }
    void send(std::string_view bytes) const { std::ignore = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void answer(const std::string& body) const {
        send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    // Says nothing until the client closes.
    void wait_for_close() {
        while (!read_request().empty()) {
        }
    }

private:
    int fd_;
    std::string received_;
};

class ScriptedServer {
public:
    // `number`: which connection it is, from 0. The connection ends with the script.
    using Script = std::function<void(ScriptedPeer&, int number)>;

    explicit ScriptedServer(Script script, int backlog = 64) : script_(std::move(script)), listener_(open(backlog)) {
        acceptor_ = std::thread([this] { accept(); });
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() {
        stopping_ = true;
        acceptor_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const auto& connection : connections_) {
                if (connection.fd >= 0) ::shutdown(connection.fd, SHUT_RDWR);
            }
        }
        for (auto& connection : connections_) connection.thread.join();
        ::close(listener_);
    }

    [[nodiscard]] Endpoint endpoint() const {
        sockaddr_in name{};
        socklen_t size = sizeof name;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
        return {"127.0.0.1", ntohs(name.sin_port), {}};
    }
    [[nodiscard]] int connections() const noexcept { return accepted_; }
    [[nodiscard]] int open_connections() const noexcept { return open_; }

private:
    struct Served {
        int fd;
        std::thread thread;
    };
    static int open(int backlog) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || ::listen(fd, backlog) != 0) {
            throw std::runtime_error("no port for a scripted server");
        }
        return fd;
    }
    void accept() {
        while (!stopping_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, 10) <= 0) continue;
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0) continue;
            const int number = accepted_++;
            ++open_;
            const std::lock_guard lock(mutex_);
            auto& served = connections_.emplace_back(fd, std::thread());
            served.thread = std::thread([this, &served, fd, number] {
                ScriptedPeer peer(fd);
                script_(peer, number);
                --open_;
                const std::lock_guard closing(mutex_);
                ::close(served.fd);
                served.fd = -1;
            });
        }
    }

    Script script_;
    int listener_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> accepted_{0};
    std::atomic<int> open_{0};
    std::mutex mutex_;
    std::list<Served> connections_;
    std::thread acceptor_;
};

}  // namespace gatehouse::web::test
