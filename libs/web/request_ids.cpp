#include "web/request_ids.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::web {

bool is_request_id(std::string_view id) noexcept {
    constexpr static Characters kOfIds(kLettersAndDigits, "-_.");
    return !id.empty() && id.size() <= 64 && kOfIds.are_all_of(id);
}

bool is_traceparent(std::string_view text) noexcept {
    if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return std::ranges::all_of(text.substr(3, 32), is_hex) && std::ranges::all_of(text.substr(36, 16), is_hex) &&
           std::ranges::all_of(text.substr(53), is_hex);
}

void adopt_ids(Request& request) {
    if (const auto id = request.header("X-Request-Id"); id && is_request_id(*id)) request.request_id = *id;
    if (const auto trace = request.header("traceparent"); trace && is_traceparent(*trace)) request.traceparent = *trace;
}

std::string_view trace_id_of(const Request& request) noexcept {
    return trace_id_of(std::string_view(request.traceparent));
}

std::string_view trace_id_of(std::string_view traceparent) noexcept {
    return traceparent.empty() ? traceparent : traceparent.substr(3, 32);
}

}  // namespace gatehouse::web
