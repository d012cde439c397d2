// One complete response head of a server of ours -> status and framing, by our own rules (head_rules.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::web {

struct ResponseHead {
    int status = 0;
    std::uint64_t content_length = 0;
    bool keep_alive = true;
    std::string_view retry_after;  // both borrowed from the head; empty without it
    std::string_view request_id;   // X-Request-Id
};

// Empty: malformed, or not as our services answer: no Content-Length, or two, any Transfer-Encoding, 1xx, not HTTP/1.1.
[[nodiscard]] std::optional<ResponseHead> parse_response_head(std::string_view head);

}  // namespace gatehouse::web
