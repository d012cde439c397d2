// The HTTP/1.1 server: listens, spreads connections over the I/O loops, and drains.
//
// One acceptor per address hands each connection to the loop with the fewest open ones, where it stays.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "web/http_types.hpp"
#include "web/tls.hpp"

namespace gatehouse::web {

// Answers one request. Views of `request` live until the returned task ends. An exception becomes a 500.
using Handler = std::function<Task<Response>(Request& request)>;

// One request answered, or refused before it had a handler (then method and path may be empty). For the access log and
// metrics; called on the connection's loop, when the answer is on its way.
struct Exchange {
    const Request& request;
    int status;
    std::size_t response_bytes;
    std::chrono::steady_clock::duration duration;
};

struct ServerOptions {
    std::vector<Endpoint> listen;
    std::shared_ptr<TlsContext> tls;  // of TCP connections; null: plain HTTP
    std::size_t head_bytes = 8 * 1024;
    std::size_t fields = 64;
    std::size_t body_bytes = 16 * 1024;
    std::size_t connections = 16384;                   // past it: a quick 503 and close
    std::chrono::milliseconds head_timeout{10'000};    // from a head's first byte to its last: 408
    std::chrono::milliseconds body_timeout{10'000};    // 408
    std::chrono::milliseconds write_timeout{10'000};   // a client that does not read: closed
    std::chrono::milliseconds idle_timeout{75'000};    // between requests: closed
    std::chrono::milliseconds request_timeout{5'000};  // Request::deadline
    // Lines "Name: value\r\n" that every response has, those that the parser causes included.
    std::string fixed_headers;
    std::string https_headers;  // and those of responses to Request::origin.https besides
    // Who sent this request? Asked once, before its handler. Empty: the peer, and no peer is trusted.
    std::function<Origin(const Request&)> origin;
    std::function<void(const Exchange&)> observe;  // may be empty
};

class Server {
public:
    // `handlers[i]` serves the connections of `threads[i]`, which must outlive the server.
    Server(IoThreads& threads, ServerOptions options, std::vector<Handler> handlers);
    ~Server();  // after a drain, or once the loops have stopped: it touches what lives on them
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Opens every address of ServerOptions::listen; nothing is accepted yet. invalid_input or unavailable names the
    // address, the cause and what to do.
    Result<void> listen();
    // The addresses that are listened on, with the real port where 0 was asked for.
    [[nodiscard]] std::vector<Endpoint> endpoints() const;

    // Accepts from now on. The loops may run already or later.
    void start();

    // Accepts nothing more, lets requests in flight end with `Connection: close`, closes idle connections after a short
    // grace, and resolves when none is left or at `by` (true: none was left). Await it on threads[0].
    Task<bool> drain(Deadline by);

    [[nodiscard]] std::size_t open_connections() const noexcept;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// Raises the soft limit of open files to the hard one. As many of `connections` as it leaves room for besides what a
// service opens itself; a warning if they are fewer: past them the answer is a quick 503, past the limit there is none.
[[nodiscard]] std::size_t within_file_limit(std::size_t connections) noexcept;

}  // namespace gatehouse::web
