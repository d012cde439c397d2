#include "support/echo_upstream.hpp"

#include <algorithm>
#include <charconv>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "support/process.hpp"

namespace gatehouse::test {
namespace {

// Reads from one connection; what it has read and nobody has taken yet is kept.
class Incoming {
public:
    explicit Incoming(int fd) : fd_(fd) {}

    // Up to the end of `mark`; empty: the client is gone.
    std::string up_to(std::string_view mark) {
        std::size_t at = 0;
        while ((at = received_.find(mark)) == std::string::npos) {
            if (!fill()) return {};
        }
        return take(at + mark.size());
    }
    std::string exactly(std::size_t size) {
        while (received_.size() < size) {
            if (!fill()) return {};
        }
        return take(size);
    }
    std::string chunks() {
        std::string all;
        while (true) {
            const auto line = up_to("\r\n");
            std::size_t size = 0;
            std::from_chars(line.data(), line.data() + line.size(), size, 16);
            const auto chunk = exactly(size + 2);
            if (line.empty() || chunk.empty() || size == 0) return all;
            all += chunk.substr(0, size);
        }
    }

private:
    bool fill() {
        char bytes[16384];
        const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
        if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
        return count > 0;
    }
    std::string take(std::size_t size) {
        auto taken = received_.substr(0, size);
        received_.erase(0, size);
        return taken;
    }

    int fd_;
    std::string received_;
};

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string body_of(const HttpResponse& head, Incoming& in) {
    if (head.count("Transfer-Encoding") > 0) return in.chunks();
    const auto length = head.header("Content-Length");
    return length.empty() ? "" : in.exactly(std::stoul(length));
}

void take_websocket(int fd, Incoming& in) {
    send_all(fd,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: " +
                 std::string(EchoUpstream::kAccepted) + "\r\n\r\n");
    if (in.exactly(EchoUpstream::kHelloMasked.size()) == EchoUpstream::kHelloMasked) send_all(fd, EchoUpstream::kHello);
}

std::string answer_to(const EchoUpstream::Seen& seen, std::string_view text) {
    auto answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n";
    if (!seen.line.starts_with("HEAD ")) answer += text;
    return answer;
}

}  // namespace

EchoUpstream::EchoUpstream(Body body)
    : body_(body), listen_{"127.0.0.1", free_port(), ""}, acceptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(listen_.port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(acceptor_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || ::listen(acceptor_, 64) != 0) {
        throw std::runtime_error("cannot listen on " + to_string(listen_));
    }
    accepting_ = std::jthread([this] { accept(); });
}

EchoUpstream::~EchoUpstream() {
    ::shutdown(acceptor_, SHUT_RDWR);
    accepting_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    threads_.clear();
    ::close(acceptor_);
}

std::vector<EchoUpstream::Seen> EchoUpstream::take_seen() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
}

std::size_t EchoUpstream::connections() {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

void EchoUpstream::note(Seen seen) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(std::move(seen));
}

void EchoUpstream::accept() {
    while (true) {
        const int fd = ::accept4(acceptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(fd);
            accepted_ += 1;
        }
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

void EchoUpstream::serve(int connection) {
    Incoming in(connection);
    while (true) {
        const auto text = in.up_to("\r\n\r\n");
        if (text.empty()) break;
        Seen seen{text.substr(0, text.find("\r\n")), parse_message(text)};
        seen.message.body = body_of(seen.message, in);
        const auto whole = text + seen.message.body;
        const bool websocket = seen.message.header("Upgrade") == "websocket";
        const auto answer = answer_to(seen, body_ == Body::echo ? whole : "");
        note(std::move(seen));
        if (websocket) {
            take_websocket(connection, in);
            break;
        }
        send_all(connection, answer);
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, connection);
    ::close(connection);
}

}  // namespace gatehouse::test
