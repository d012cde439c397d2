#include "base/log.hpp"
#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

using proto::ErrorCode;

// Old clients may be configured to expect 200 here; either way nobody is told why.
web::Response not_authenticated(const web::Request& request, const Services& services) {
    const bool as_success = services.config.anonymous_status == 200;
    proto::JsonWriter out;
    out.begin_object();
    out.flag("success", as_success);
    out.flag("authenticated", false);
    out.text("message", info(ErrorCode::not_authenticated).message);
    if (!as_success) {
        out.text("error_code", info(ErrorCode::not_authenticated).name);
        out.text("request_id", request.request_id);
    }
    out.end_object();
    auto response = json(std::move(out).take(), services.config.anonymous_status);
    if (!as_success) response.with("WWW-Authenticate", R"(Session realm="gatehouse")");  // RFC 9110 section 11.6.1
    return response;
}

web::Response authenticated(const proto::Active& session, std::string_view token, const Services& services) {
    proto::JsonWriter out;
    out.begin_object();
    out.flag("success", true);
    out.flag("authenticated", true);
    write_user(out, "user", session.user);
    out.text("csrf_token", services.cookie.csrf_token(token));
    out.end_object();
    return json(std::move(out).take());
}

}  // namespace

Task<ApiResult> get_check(const web::Request& request, Services& services) {
    const auto cookies = services.cookie.read(request);
    if (cookies.ambiguous || cookies.tokens.empty()) {
        services.metrics.check(cookies.any ? CheckResult::refused_cookie : CheckResult::anonymous);
        co_return not_authenticated(request, services);
    }
    const auto token = cookies.tokens.front();
    const auto by = request.deadline.within(services.config.check_timeout);
    auto check = co_await services.sessions.introspect(token, caller_of(request), by);
    if (const auto* session = std::get_if<proto::Active>(&check)) {
        services.metrics.check(CheckResult::active);
        co_return authenticated(*session, token, services);
    }
    if (std::holds_alternative<proto::Inactive>(check)) {
        services.metrics.check(CheckResult::inactive);
        co_return not_authenticated(request, services);
    }
    services.metrics.check(CheckResult::unavailable);
    co_return std::unexpected(std::get<session_client::Unavailable>(std::move(check)).why);
}

}  // namespace gatehouse::gateway
