#include "gateway/guard/csrf.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"

namespace gatehouse::gateway {
namespace {

bool is_listed(std::string_view origin, const OriginRules& rules) {
    return std::ranges::find(rules.allowed_origins, origin) != rules.allowed_origins.end();
}

bool is_ours(std::string_view origin, const web::Request& request, const OriginRules& rules) {
    if (!rules.public_origin.empty()) return origin == rules.public_origin;
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (origin.starts_with(scheme)) return equals_ignoring_case(origin.substr(scheme.size()), request.host);
    }
    return false;
}

}  // namespace

bool is_own_request(const web::Request& request, const OriginRules& rules) {
    // Doubled headers are nobody's browser: the stricter reading counts.
    if (request.count("Origin") > 1 || request.count("Sec-Fetch-Site") > 1) return false;
    const auto origin = request.header("Origin");
    if (const auto site = request.header("Sec-Fetch-Site")) {
        if (*site == "same-origin" || *site == "none") return true;
        return origin && is_listed(*origin, rules);
    }
    return !origin || is_ours(*origin, request, rules) || is_listed(*origin, rules);
}

void log_csrf_rejected(const web::Request& request, const OriginRules& rules) {
    const bool own = is_own_request(request, rules);
    log::warn("csrf.rejected", {{"request_id", request.request_id},
                                {"path", request.path},
                                {"reason", own ? "no_token" : "other_origin"},
                                {"origin", request.header("Origin").value_or("")},
                                {"fetch_site", request.header("Sec-Fetch-Site").value_or("")},
                                {"expected", own ? std::string_view() : std::string_view(rules.public_origin)}});
}

std::string_view allowed_origin(const web::Request& request, const OriginRules& rules) {
    const auto origin = request.header("Origin");
    return origin && request.count("Origin") == 1 && is_listed(*origin, rules) ? *origin : std::string_view{};
}

}  // namespace gatehouse::gateway
