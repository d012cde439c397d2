#include <algorithm>
#include <span>

#include "gateway/api/api.hpp"
#include "web/json_reader.hpp"

namespace gatehouse::gateway {
namespace {

using proto::ErrorCode;

// X-CSRF-Token, or what clients of the Flask backend send: X-CSRFToken, or a member of the JSON body.
bool has_csrf_token(const web::Request& request, const SessionCookie& cookie, std::string_view token) {
    for (const std::string_view name : {"X-CSRF-Token", "X-CSRFToken"}) {
        if (const auto presented = request.header(name)) return cookie.is_csrf_token(token, *presented);
    }
    if (request.body.empty() || !is_json(request)) return false;
    const auto body = web::read_json_object(request.body);
    if (!body) return false;
    const auto* member = body->find("csrf_token");
    const auto* presented = member ? std::get_if<std::string>(member) : nullptr;
    return presented && cookie.is_csrf_token(token, *presented);
}

// With several sessions of one browser the token of any of them shows whose page asked: all are ended.
bool is_intended(const web::Request& request, const Services& services, const PresentedCookies& cookies,
                 std::span<const Secret> tokens) {
    if (!is_own_request(request, services.config.origins)) return false;
    if (cookies.ambiguous && services.cookie.is_ours_alone()) return false;
    const auto shown = [&](const Secret& token) { return has_csrf_token(request, services.cookie, token.view()); };
    return tokens.empty() || std::ranges::any_of(tokens, shown);
}

}  // namespace

Task<ApiResult> post_logout(const web::Request& request, Services& services) {
    const auto cookies = services.cookie.read(request);
    const auto former = services.cookie.read_former(request);
    auto tokens = tokens_to_end(cookies, former);
    if (!is_intended(request, services, cookies, tokens)) {
        services.metrics.csrf_rejected();
        log_csrf_rejected(request, services.config.origins);
        co_return proto::refuse(ErrorCode::csrf_rejected);
    }
    if (!tokens.empty()) {
        auto revoked = co_await services.sessions.revoke(std::move(tokens), caller_of(request), request.deadline);
        if (!revoked)
            co_return std::unexpected(std::move(revoked).error());  // the cookie is kept: the session may live
    }
    auto response = json(R"({"success":true,"message":"Logout successful"})");
    response.with("Set-Cookie", services.cookie.clear());
    if (former.any) response.with("Set-Cookie", services.cookie.clear_former());
    co_return response;
}

}  // namespace gatehouse::gateway
