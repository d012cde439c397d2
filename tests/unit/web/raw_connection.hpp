// A client that sends whatever bytes a test wants, and splits what comes back into responses.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/settings.hpp"
#include "base/text.hpp"
#include "web/http_types.hpp"

namespace gatehouse::web::test {

struct RawResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    [[nodiscard]] std::size_t count(std::string_view name) const {
        std::size_t found = 0;
        for (const auto& [header, value] : headers) found += equals_ignoring_case(header, name) ? 1U : 0U;
        return found;
    }
    [[nodiscard]] std::string header(std::string_view name) const {
        for (const auto& [header, value] : headers) {
            if (equals_ignoring_case(header, name)) return value;
        }
        return {};
    }
};

enum class BodyFollows : bool { no, yes };  // no: the answer to a HEAD

// Takes one whole response off the front of `bytes`; nothing if it is not whole yet. Throws on what is no response.
inline std::optional<RawResponse> take_response(std::string& bytes, BodyFollows follows = BodyFollows::yes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    RawResponse response;
    auto line_end = bytes.find("\r\n");
    const auto status_line = bytes.substr(0, line_end);
    if (!status_line.starts_with("HTTP/1.1 ") || status_line.size() < 13) {
        throw std::runtime_error("not a status line: " + status_line);
    }
    response.status = std::stoi(status_line.substr(9, 3));
    while (line_end < end) {
        const auto start = line_end + 2;
        line_end = bytes.find("\r\n", start);
        const auto line = bytes.substr(start, line_end - start);
        const auto colon = line.find(": ");
        if (colon == std::string::npos) throw std::runtime_error("not a header: " + line);
        response.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    const auto length = response.header("Content-Length");
    const std::size_t body = length.empty() || follows == BodyFollows::no ? 0 : std::stoul(length);
    if (bytes.size() < end + 4 + body) return std::nullopt;
    response.body = bytes.substr(end + 4, body);
    bytes.erase(0, end + 4 + body);
    return response;
}

class RawConnection {
public:
    explicit RawConnection(const Endpoint& server) : fd_(open(server)) {}
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;
    ~RawConnection() { close(); }

    [[nodiscard]] int fd() const noexcept { return fd_; }
    void close() noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    void shut_write() const noexcept { ::shutdown(fd_, SHUT_WR); }

    // False once the server has closed its side.
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool send_byte_by_byte(std::string_view bytes) const {
        for (const char& c : bytes) {
            if (!send({&c, 1})) return false;
        }
        return true;
    }

    // Waits for some bytes; false at the end of the stream or after `limit`.
    bool receive(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) {
            timed_out_ = true;
            return false;
        }
        char buffer[16384];
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got <= 0) {
            ended_ = true;
            reset_ = got < 0;
            return false;
        }
        received_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }

    // The next response; throws if the server closes or is silent for long.
    RawResponse response(BodyFollows follows = BodyFollows::yes) {
        while (true) {
            if (auto whole = take_response(received_, follows)) return std::move(*whole);
            if (!receive()) throw std::runtime_error(ended_ ? "closed without a response" : "no response in time");
        }
    }
    // Every response up to the end of the stream.
    std::vector<RawResponse> responses_until_closed() {
        while (receive()) {
        }
        std::vector<RawResponse> all;
        while (auto whole = take_response(received_)) all.push_back(std::move(*whole));
        return all;
    }
    [[nodiscard]] bool closes(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        while (receive(limit)) {
        }
        return ended_;
    }

    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] bool was_reset() const noexcept { return reset_; }
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }
    [[nodiscard]] const std::string& received() const noexcept { return received_; }

    // A connected socket, the caller's.
    [[nodiscard]] static int open(const Endpoint& server) {
        sockaddr_storage storage{};
        socklen_t size = 0;
        if (server.is_unix()) {
            auto* name = reinterpret_cast<sockaddr_un*>(&storage);
            name->sun_family = AF_UNIX;
            std::memcpy(name->sun_path, server.unix_path.c_str(), server.unix_path.size() + 1);
            size = sizeof *name;
        } else {
            auto* name = reinterpret_cast<sockaddr_in*>(&storage);
            name->sin_family = AF_INET;
            name->sin_port = htons(server.port);
            name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            size = sizeof *name;
        }
        const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) throw std::runtime_error(std::strerror(errno));
        const int on = 1;
        if (!server.is_unix()) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
            const std::string why = std::strerror(errno);
            ::close(fd);
            throw std::runtime_error("cannot connect: " + why);
        }
        return fd;
    }

private:
    int fd_;
    std::string received_;
    bool ended_ = false;
    bool reset_ = false;
    bool timed_out_ = false;
};

}  // namespace gatehouse::web::test
