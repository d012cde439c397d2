// A client of one HTTP/1.1 server: exclusive keep-alive connections, one request at a time on each, all of it bounded.
// Used by one loop's thread only; make one per loop.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/container/small_vector.hpp>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/settings.hpp"
#include "web/http_types.hpp"
#include "web/tls.hpp"

namespace gatehouse::web {

struct ClientRequest {
    Method method = Method::post;
    std::string target;
    Secret body;  // sent as application/json if not empty
    // Borrowed; values must hold no CR, LF or NUL.
    boost::container::small_vector<std::pair<std::string_view, std::string_view>, 4> headers{};
};

struct ClientResponse {
    int status = 0;
    std::string body;
    std::string retry_after;  // the header's value, empty without it
};

// May a request be sent again on a fresh connection after the pooled one turned out to be dead?
enum class Retry : std::uint8_t {
    if_unsent,  // only if no byte was written: for what changes something
    once,       // once, within the deadline: for what only reads
};

class Client {
public:
    struct Options {
        std::size_t connections = 16;  // most at once; a caller past it waits
        std::size_t waiting = 64;      // most callers that wait; past it: overloaded
        std::chrono::milliseconds connect{1000};
        std::chrono::milliseconds idle{30000};  // a connection idle for so long is closed, not reused
        std::size_t response_bytes = 1024 * 1024;
        std::shared_ptr<const TlsClientContext> tls{};  // with a TCP server; null: plain HTTP
    };

    Client(Loop& loop, Endpoint server, Options options);
    ~Client();  // closes every connection; no call may be under way

    // The whole answer, whatever its status. `request` must live until then. Errors: unavailable (cannot connect in
    // time, or lost before a byte was written, or no TLS was agreed on: the server knows nothing of it), overloaded,
    // timeout, protocol (a lost connection or garbage after the request was written, or a success that repeats another
    // X-Request-Id than the request's: it is another request's), invalid_input (a target or header that
    // would not be one). A connection that failed is closed, never pooled.
    Task<Result<ClientResponse>> send(const ClientRequest& request, Retry retry, Deadline by);

    // Forgets the idle connections: what came on one of them cannot be trusted.
    void close_idle() noexcept;

    [[nodiscard]] std::size_t outstanding() const noexcept;  // requests under way or waiting
    [[nodiscard]] const Endpoint& server() const noexcept;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // shared with the calls that a stopped loop leaves suspended
};

}  // namespace gatehouse::web
