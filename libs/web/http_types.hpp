// Requests and responses as handlers see them: plain values, no Beast, so that a handler compiles in a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/deadline.hpp"

namespace gatehouse {
struct Loop;
}

namespace gatehouse::web {

// `any` is a route's, never a request's.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other, any };
[[nodiscard]] std::string_view to_string(Method method) noexcept;  // "GET", …; "OTHER", "ANY"

struct Header {
    std::string_view name;   // as it came; compare with equals_ignoring_case
    std::string_view value;  // blanks at both ends cut
};

// Who is at the other end of the connection. Never taken from a header.
struct Peer {
    boost::asio::ip::address address;  // unspecified for a Unix-domain socket
    bool is_unix = false;
    bool is_tls = false;
};

// Who sent a request, as far as it can be believed.
struct Origin {
    boost::asio::ip::address address;  // unspecified: a Unix-domain peer that named nobody
    bool https = false;                // the client's own connection was encrypted
    bool trusted_peer = false;         // the peer may speak for others: X-Request-Id and traceparent are its to give
};

// One request. The views point into the connection's buffers and live until the handler has returned its response.
struct Request {
    Method method = Method::other;
    std::string_view method_text;  // as it came
    std::string_view target;       // as it came, origin form
    std::string_view path;         // up to '?', not decoded
    std::string_view query;        // behind '?', not decoded
    std::string_view host;         // of the Host header, validated: "example.org:8080"
    std::vector<Header> headers;
    std::string_view body;
    std::vector<std::string_view> parameters;  // what the route's {} matched, in order
    Peer peer;
    Origin origin;  // the peer, or whom a trusted one named
    Deadline deadline{SteadyTime{}};
    std::string request_id;   // ours, or a trusted peer's
    std::string traceparent;  // W3C Trace Context; empty if none came from a trusted peer
    Loop* loop = nullptr;     // the loop that this connection lives on

    // The value of the first header of that name. `count` tells doubled ones.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
};

// Names are literals: only values are made for one response.
struct Response {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json";             // empty: no Content-Type line (and no body)
    std::vector<std::pair<std::string_view, std::string>> headers;  // besides those that every response has
    // Lines instead of ServerOptions::fixed_headers, borrowed for as long as the server lives; empty: those.
    std::string_view fixed_headers;

    Response& with(std::string_view name, std::string value) {
        headers.emplace_back(name, std::move(value));
        return *this;
    }
};

}  // namespace gatehouse::web
