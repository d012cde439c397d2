#include "gateway/api/who_is_this.hpp"

#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::size_t kMostAsked = 4;  // of the tokens in one request

}  // namespace

Task<Who> who_is_this(const web::Request& request, Services& services) {
    const auto cookies = services.cookie.read(request);
    const bool unclear = cookies.ambiguous && (services.cookie.is_ours_alone() || cookies.tokens.size() > kMostAsked);
    if (unclear || cookies.tokens.empty()) {
        services.metrics.check(cookies.any ? CheckResult::refused_cookie : CheckResult::anonymous);
        co_return Nobody{};
    }
    const auto by = request.deadline.within(services.config.check_timeout);
    std::optional<Somebody> found;
    for (const auto token : cookies.tokens) {
        auto check = co_await services.sessions.introspect(token, caller_of(request), by);
        if (auto* unavailable = std::get_if<session_client::Unavailable>(&check)) {
            services.metrics.check(CheckResult::unavailable);
            co_return std::move(unavailable->why);
        }
        auto* session = std::get_if<proto::Active>(&check);
        if (!session) continue;
        if (found) {
            services.metrics.check(CheckResult::refused_cookie);
            co_return Nobody{};
        }
        found = Somebody{std::move(*session), token};
    }
    services.metrics.check(found ? CheckResult::active : CheckResult::inactive);
    if (!found) co_return Nobody{};
    co_return std::move(*found);
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
