#include "gateway/guard/original_request.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "web/head_rules.hpp"

namespace gatehouse::gateway {
namespace {

std::unexpected<proto::Failure> wrong(std::string_view name) {
    return proto::refuse(proto::ErrorCode::invalid_request, "forwarded header",
                         std::string(name) + " is malformed or came more than once");
}

// A header's one value, if `is_good`; empty without the header.
template <class IsGood>
proto::Outcome<std::string_view> only(const web::Request& request, std::string_view name, IsGood is_good) {
    const auto value = request.header(name);
    if (!value) return std::string_view{};
    if (request.count(name) > 1 || !is_good(*value)) return wrong(name);
    return *value;
}

bool is_method(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, web::is_token_character);
}

bool is_http_url(std::string_view text) noexcept { return text.starts_with("https://") || text.starts_with("http://"); }

bool is_target(std::string_view text) noexcept { return text.starts_with('/'); }

// Of X-Forwarded-Proto; Traefik says wss for a WebSocket. Empty: none of these.
std::string_view scheme_of(std::string_view proto) noexcept {
    if (equals_ignoring_case(proto, "https") || equals_ignoring_case(proto, "wss")) return "https";
    if (equals_ignoring_case(proto, "http") || equals_ignoring_case(proto, "ws")) return "http";
    return {};
}
bool is_proto(std::string_view text) noexcept { return !scheme_of(text).empty(); }

std::string joined_url(std::string_view scheme, std::string_view host, std::string_view target) {
    if (scheme.empty() || host.empty() || target.empty()) return {};
    std::string url;
    url.reserve(scheme.size() + 3 + host.size() + target.size());
    return url.append(scheme).append("://").append(host).append(target);
}

bool accepts_html(const web::Request& request) {
    for (const auto& field : request.headers) {
        if (!equals_ignoring_case(field.name, "Accept")) continue;
        auto rest = field.value;
        while (!rest.empty()) {
            const auto item = take_item(rest);
            if (equals_ignoring_case(trim(item.substr(0, item.find(';'))), "text/html")) return true;
        }
    }
    return false;
}

}  // namespace

Original original_of_auth_request(const web::Request& request) {
    if (!request.origin.trusted_peer) return OriginalRequest{};
    const auto method = only(request, "X-Original-Method", is_method);
    if (!method) return std::unexpected(method.error());
    const auto url = only(request, "X-Original-URL", is_http_url);
    if (!url) return std::unexpected(url.error());
    return OriginalRequest{*method, std::string(*url)};
}

Original original_of_forward_auth(const web::Request& request) {
    if (!request.origin.trusted_peer) return OriginalRequest{};
    const auto method = only(request, "X-Forwarded-Method", is_method);
    if (!method) return std::unexpected(method.error());
    const auto proto = only(request, "X-Forwarded-Proto", is_proto);
    if (!proto) return std::unexpected(proto.error());
    const auto host = only(request, "X-Forwarded-Host", web::is_valid_host);
    if (!host) return std::unexpected(host.error());
    const auto target = only(request, "X-Forwarded-Uri", is_target);
    if (!target) return std::unexpected(target.error());
    return OriginalRequest{*method, joined_url(scheme_of(*proto), *host, *target)};
}

Original original_of_ext_authz(const web::Request& request, std::string_view target) {
    if (!request.origin.trusted_peer) return OriginalRequest{};
    const auto proto = only(request, "X-Forwarded-Proto", is_proto);
    if (!proto) return std::unexpected(proto.error());
    const std::string_view scheme = request.origin.https ? "https" : "http";
    return OriginalRequest{request.method_text,
                           joined_url(proto->empty() ? scheme : scheme_of(*proto), request.host, target)};
}

bool is_navigation(const web::Request& request, std::string_view original_method) {
    if (original_method != "GET" && original_method != "HEAD") return false;
    if (const auto mode = request.header("Sec-Fetch-Mode")) {
        return *mode == "navigate" && request.count("Sec-Fetch-Mode") == 1;
    }
    return !request.header("X-Requested-With") && accepts_html(request);
}

}  // namespace gatehouse::gateway
