#include "web/response_parser.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "web/head_rules.hpp"

namespace gatehouse::web {
namespace {

// "HTTP/1.1 200 OK" and its line end: cut off `rest`. 0: it is another line.
int take_status(std::string_view& rest) noexcept {
    constexpr std::string_view version = "HTTP/1.1 ";
    constexpr std::size_t digits = 3;
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos || !rest.starts_with(version)) return 0;
    const auto line = rest.substr(version.size(), end - version.size());
    const auto reason = line.substr(std::min(digits, line.size()));
    const auto status = parse_number<unsigned>(line.substr(0, digits));
    if (!status || *status < 200 || !(reason.empty() || reason.starts_with(' ')) || !is_field_value(reason)) return 0;
    rest.remove_prefix(end + 2);
    return static_cast<int>(*status);
}

}  // namespace

std::optional<ResponseHead> parse_response_head(std::string_view text) {
    ResponseHead head;
    head.status = take_status(text);
    if (head.status == 0) return std::nullopt;
    std::optional<std::string_view> length;
    while (true) {
        const auto field = take_field(text);
        if (!field) return std::nullopt;
        const auto [name, value] = *field;
        if (name.empty()) break;
        switch (name.size()) {
            case 10:
                if (equals_ignoring_case(name, "Connection") && !equals_ignoring_case(value, "keep-alive"))
                    head.keep_alive = false;
                break;
            case 11:
                if (equals_ignoring_case(name, "Retry-After")) head.retry_after = value;
                break;
            case 12:
                if (equals_ignoring_case(name, "X-Request-Id")) head.request_id = value;
                break;
            case 14:
                if (!equals_ignoring_case(name, "Content-Length")) break;
                if (length) return std::nullopt;
                length = value;
                break;
            case 17:
                if (equals_ignoring_case(name, "Transfer-Encoding")) return std::nullopt;
                break;
            default:
                break;
        }
    }
    const bool has_no_body = head.status == 204 || head.status == 304;
    const auto bytes = parse_number<std::uint64_t>(length.value_or(has_no_body ? "0" : ""));
    if (!bytes) return std::nullopt;
    if (has_no_body) {
        head.keep_alive = head.keep_alive && *bytes == 0;  // else nobody knows what follows
    } else {
        head.content_length = *bytes;
    }
    return head;
}

}  // namespace gatehouse::web
