#include "gateway/api/who_is_this.hpp"

#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
Task<Who> who_is_this(const web::Request& request, Services& services) {
    auto cookies = services.cookie.read(request);
    if (cookies.tokens.empty() || (cookies.ambiguous && services.cookie.is_ours_alone())) {
        services.metrics.check(cookies.any ? CheckResult::refused_cookie : CheckResult::anonymous);
        co_return Nobody{};
    }
    const auto by = request.deadline.within(services.config.check_timeout);
    auto any = co_await services.sessions.introspect_any(std::move(cookies.tokens), caller_of(request), by);
    if (auto* session = std::get_if<session_client::Active>(&any.check)) {
        services.metrics.check(CheckResult::active);
        co_return Somebody{std::move(*session), any.token};
    }
    if (auto* unavailable = std::get_if<session_client::Unavailable>(&any.check)) {
        services.metrics.check(CheckResult::unavailable);
        co_return std::move(unavailable->why);
    }
    services.metrics.check(any.unclear ? CheckResult::refused_cookie : CheckResult::inactive);
    co_return Nobody{};
}

web::Response not_authenticated(const web::Request& request, int status) {
    const auto& info = proto::info(proto::ErrorCode::not_authenticated);
    const bool as_success = status == 200;
    proto::JsonWriter out;
    out.begin_object();
    out.flag("success", as_success);
    out.flag("authenticated", false);
    out.text("message", info.message);
    if (!as_success) {
        out.text("error_code", info.name);
        out.text("request_id", request.request_id);
    }
    out.end_object();
    auto response = json(std::move(out).take(), status);
    if (!as_success) response.with("WWW-Authenticate", R"(Session realm="gatehouse")");  // RFC 9110 section 11.6.1
    return response;
}

}  // namespace gatehouse::gateway
