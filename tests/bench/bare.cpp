// The same two hops and the same look into Redis without any product: what the sockets alone cost on this machine, so
// that a ratio to nginx can be told from the price of a hop. Messages have the product's sizes, and nothing is read of
// them but how many there are; one write per connection and turn, as in the product.
//
//     bench_bare front ADDRESS:PORT unix:PATH ANSWER    clients -> the other one
//     bench_bare back unix:PATH unix:PATH               the one before -> Redis, where `MGET bare none` has 89 bytes
#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "load/connection.hpp"

namespace gatehouse::bench {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";
constexpr std::size_t kQuestion = 385;    // of the gateway to the session service, for one check
constexpr std::size_t kAnswer = 353;      // and back
constexpr std::size_t kRedisReply = 105;  // *2, 89 bytes, nil
constexpr std::string_view kRedisCommand = "*3\r\n$4\r\nMGET\r\n$4\r\nbare\r\n$4\r\nnone\r\n";

int listen_at(const std::string& target) {
    const bool local = target.starts_with("unix:");
    sockaddr_un path{.sun_family = AF_UNIX, .sun_path = {}};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto tail = target.substr(target.find(':') + 1);
    if (local) {
        tail.copy(std::begin(path.sun_path), sizeof path.sun_path - 1);
    } else {
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(tail)));
    }
    const int fd = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto* at = local ? reinterpret_cast<const sockaddr*>(&path) : reinterpret_cast<const sockaddr*>(&address);
    const socklen_t length = local ? sizeof path : sizeof address;
    if (::bind(fd, at, length) != 0 || ::listen(fd, SOMAXCONN) != 0)
        throw std::runtime_error("cannot listen at " + target);
    return fd;
}

// How many whole messages have come: heads that end, or so many bytes each. The rest waits for the next time.
std::size_t heads_in(std::string& received) {
    std::size_t count = 0;
    for (std::size_t end = 0; (end = received.find(kEnd)) != std::string::npos; ++count)
        received.erase(0, end + kEnd.size());
    return count;
}
std::size_t pieces_in(std::string& received, std::size_t size) {
    const std::size_t count = received.size() / size;
    received.erase(0, count * size);
    return count;
}

class Relay {
public:
    Relay(const std::string& from, const std::string& to, std::string question, std::size_t reply_bytes,
          std::string answer, std::size_t asked_bytes)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          listener_(listen_at(from)),
          next_(connect_to(to)),
          question_(std::move(question)),
          answer_(std::move(answer)),
          reply_bytes_(reply_bytes),
          asked_bytes_(asked_bytes) {
        watch(listener_);
        watch(next_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 128> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < count; ++i) ready(events.at(static_cast<std::size_t>(i)).data.fd);
            for (auto& [fd, bytes] : outgoing_) {
                if (!bytes.empty() && ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) std::perror("send");
                bytes.clear();
            }
        }
    }

private:
    void watch(int fd) const {
        epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void ready(int fd) {
        if (fd == listener_) {
            for (int made = 0; (made = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                const int on = 1;
                ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // refused by a Unix socket
                watch(made);
            }
            return;
        }
        std::array<char, 65536> bytes;
        const auto got = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (got < 0) return;
        if (got == 0) return gone(fd);
        std::string& received = received_[fd];
        received.append(bytes.data(), static_cast<std::size_t>(got));
        if (fd == next_) {
            for (auto count = pieces_in(received, reply_bytes_); count > 0 && !asking_.empty(); --count) {
                outgoing_[asking_.front()] += answer_;
                asking_.pop_front();
            }
        } else {
            for (auto count = asked_bytes_ == 0 ? heads_in(received) : pieces_in(received, asked_bytes_); count > 0;
                 --count) {
                asking_.push_back(fd);
                outgoing_[next_] += question_;
            }
        }
    }

    void gone(int fd) {
        if (fd == next_) std::exit(1);
        received_.erase(fd);
        outgoing_.erase(fd);
        ::close(fd);
    }

    const int epoll_;
    const int listener_;
    const int next_;
    const std::string question_;
    const std::string answer_;
    const std::size_t reply_bytes_;
    const std::size_t asked_bytes_;
    std::deque<int> asking_;
    std::map<int, std::string> received_;
    std::map<int, std::string> outgoing_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    try {
        const std::string_view role = argc > 3 ? argv[1] : "";
        if (role == "front" && argc == 5) {
            const std::string body = argv[4];
            // As many bytes of head as the product's answer has.
            const std::string answer =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Head: " + std::string(420, 'x') +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
            Relay(argv[2], argv[3], std::string(kQuestion, 'q'), kAnswer, answer, 0).run();
        }
        if (role == "back" && argc == 4) {
            Relay(argv[2], argv[3], std::string(kRedisCommand), kRedisReply, std::string(kAnswer, 'a'), kQuestion)
                .run();
        }
        std::fputs("front ADDRESS:PORT unix:PATH ANSWER | back unix:PATH unix:PATH\n", stderr);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
