// An application behind a proxy that answers with the request as it arrived, and takes a WebSocket. On threads of its
// own.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/settings.hpp"
#include "support/http.hpp"

namespace gatehouse::test {

class EchoUpstream {
public:
    enum class Body { echo, none };
    explicit EchoUpstream(Body body = Body::echo);
    ~EchoUpstream();  // closes what is open
    EchoUpstream(const EchoUpstream&) = delete;
    EchoUpstream& operator=(const EchoUpstream&) = delete;

    [[nodiscard]] const Endpoint& listen() const noexcept { return listen_; }

    // What has arrived since it was asked last: "GET /path HTTP/1.1" and the headers, and the body as it came.
    struct Seen {
        std::string line;
        HttpResponse message;
    };
    std::vector<Seen> take_seen();
    [[nodiscard]] std::size_t connections();  // accepted so far

    // RFC 6455's own samples: what a client sends to be taken, and "Hello" masked; then what it gets.
    static constexpr std::string_view kHandshake =
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    static constexpr std::string_view kAccepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    static constexpr std::string_view kHelloMasked = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    static constexpr std::string_view kHello = "\x81\x05Hello";

private:
    void accept();
    void serve(int connection);
    void note(Seen seen);

    Body body_;
    Endpoint listen_;
    int acceptor_;
    std::mutex mutex_;
    std::vector<Seen> seen_;
    std::vector<int> open_;
    std::size_t accepted_ = 0;
    std::vector<std::jthread> threads_;
    std::jthread accepting_;
};

}  // namespace gatehouse::test
