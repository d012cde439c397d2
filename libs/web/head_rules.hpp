// What a message's head must look like, line by line, and what a request's framing fields must say before a body is
// read. Stricter than Beast 1.81, which lets several request-smuggling vectors through: RFC 9112 sections 2.2, 3.2, 5,
// 6 and 11.2.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "web/http_types.hpp"

namespace gatehouse::web {

// tchar of RFC 9110 section 5.6.2: what methods and field names consist of.
[[nodiscard]] bool is_token_character(char c) noexcept;
[[nodiscard]] bool is_token(std::string_view text) noexcept;  // at least one of them, and nothing else

// Only what a field value may hold (RFC 9110 section 5.5): no control characters but HTAB. Empty is one.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

// 400 or 431: answered, then the connection is closed.
struct HeadError {
    int status = 400;
    std::string_view message;
};

// Scans the bytes of a head as they arrive. Feed it the whole buffer each time; it remembers how far it got.
class HeadScanner {
public:
    enum class State : std::uint8_t { more, complete, bad };

    // `complete`: head_size() bytes of `buffer` are the head with its empty line. `bad`: a bare LF, a NUL or a first
    // byte that starts no request: there is no use in waiting for more.
    State scan(std::string_view buffer) noexcept;
    [[nodiscard]] std::size_t head_size() const noexcept { return seen_; }

private:
    std::size_t seen_ = 0;  // bytes looked at; a line begins here
    std::size_t line_ = 0;  // where the current line began
};

struct RequestLine {
    std::string_view method;  // a token
    std::string_view target;  // visible ASCII characters
    int version = 11;         // or 10
};
// Cuts the request line off `rest`, a complete head, and checks every byte of it; borrowed.
[[nodiscard]] std::expected<RequestLine, HeadError> take_request_line(std::string_view& rest) noexcept;

// Cuts the next field line off the rest of a complete head, and checks every byte of it: control characters, line end,
// name, folding. Borrowed; blanks at the value's ends are cut. An empty name: it was the empty line that ends the head.
[[nodiscard]] std::expected<Header, HeadError> take_field(std::string_view& rest) noexcept;

struct Framing {
    std::uint64_t content_length = 0;
    bool chunked = false;
    bool keep_alive = true;  // what the client asks for
    bool expect_continue = false;
};

// Checks method, target, Host, Content-Length and Transfer-Encoding of a parsed head; fills path, query and host.
// `version`: 10 or 11.
[[nodiscard]] std::expected<Framing, HeadError> check_framing(Request& request, int version) noexcept;

// "example.org", "example.org:8080", "192.0.2.1", "[2001:db8::1]:80": host and optional port (RFC 3986 section 3.2).
[[nodiscard]] bool is_valid_host(std::string_view host) noexcept;

}  // namespace gatehouse::web
