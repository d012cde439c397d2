#include "base/log.hpp"
#include "gateway/api/api.hpp"
#include "proto/email.hpp"
#include "proto/password_form.hpp"
#include "web/json_reader.hpp"

namespace gatehouse::gateway {
namespace {

using proto::ErrorCode;

// Absent, null and "" are missing; anything but text has the wrong form.
std::expected<std::string*, ErrorCode> text_member(web::JsonObject& body, std::string_view name, ErrorCode missing,
                                                   ErrorCode invalid) {
    auto* value = body.find(name);
    if (!value || std::holds_alternative<web::JsonNull>(*value)) return std::unexpected(missing);
    auto* text = std::get_if<std::string>(value);
    if (!text) return std::unexpected(invalid);
    if (text->empty()) return std::unexpected(missing);
    return text;
}

proto::Outcome<proto::LoginRequest> parse_login(const web::Request& request, const Services& services) {
    auto body = web::read_json_object(request.body);
    if (!body) return proto::refuse(ErrorCode::invalid_request, body.error().detail);
    const auto email = text_member(*body, "email", ErrorCode::missing_email, ErrorCode::invalid_email);
    if (!email) return proto::refuse(email.error());
    const auto password = text_member(*body, "password", ErrorCode::missing_password, ErrorCode::invalid_password);
    if (!password) return proto::refuse(password.error());
    if (!proto::canonical_email(**email)) return proto::refuse(ErrorCode::invalid_email);
    if (proto::password_form(**password, services.config.password_least_code_points) != proto::PasswordForm::ok) {
        return proto::refuse(ErrorCode::invalid_password);
    }
    proto::LoginRequest login;
    login.email = std::move(**email);
    login.password = Secret(std::move(**password));
    login.client = {request.origin.address.to_string(), std::string(request.header("User-Agent").value_or(""))};
    login.previous_tokens = tokens_to_end(services.cookie.read(request), services.cookie.read_former(request));
    return login;
}

// The browser will drop a Secure cookie that came over plain HTTP: say so where an operator looks.
void warn_of_plain_http(const web::Request& request, const Services& services) {
    const bool local = request.peer.is_unix || request.peer.address.is_loopback();
    if (services.config.env != proto::AppEnv::production || request.origin.https || local) return;
    log::warn("login.over_plain_http",
              {{"request_id", request.request_id},
               {"detail",
                "the browser will drop the session cookie: put TLS in front and list that proxy in "
                "TRUSTED_PROXIES, so that its X-Forwarded-Proto is believed"}});
}

web::Response succeeded(const proto::LoginAnswer& answer, const web::Request& request, const Services& services) {
    proto::JsonWriter out;
    out.begin_object();
    out.flag("success", true);
    out.text("message", "Login successful");
    write_user(out, answer.user);
    out.text("csrf_token", services.cookie.csrf_token(answer.token.view()).view());
    out.end_object();
    auto response = json(std::move(out).take());
    response.with("Set-Cookie", services.cookie.issue(answer.token.view()));
    if (services.cookie.read_former(request).any) response.with("Set-Cookie", services.cookie.clear_former());
    return response;
}

// Something was away, so that no guess was answered. One whose time ran out may have been verified all the same.
bool was_not_verified(const proto::Failure& failure, const web::Request& request) {
    const bool away = failure.code == ErrorCode::service_unavailable ||
                      failure.code == ErrorCode::sessions_unavailable ||
                      failure.code == ErrorCode::database_unavailable;
    return away && !request.deadline.passed();
}

// What is wrong with the request itself, before anything is counted.
std::optional<ErrorCode> refused_outright(const web::Request& request, Services& services) {
    if (!is_json(request)) return ErrorCode::unsupported_media_type;
    if (is_own_request(request, services.config.origins)) return std::nullopt;
    services.metrics.csrf_rejected();
    log_csrf_rejected(request, services.config.origins);
    return ErrorCode::csrf_rejected;
}

// Past the address's quota nothing is asked of anybody; a success and an outage give their one back.
Task<web::Response> sign_in_within_quota(const web::Request& request, Services& services, proto::LoginRequest login,
                                         RateDecision& quota) {
    const auto& address = request.origin.address;
    if (services.login_limit) quota = co_await services.login_limit->take(address, request.deadline);
    if (!quota.allowed) {
        services.metrics.login_refused(ErrorCode::rate_limit_exceeded);
        const auto ip = address.to_string();
        log::warn("login.address_throttled", {{"request_id", request.request_id}, {"client_ip", ip}});
        const auto refused = proto::refuse(ErrorCode::rate_limit_exceeded, "per address", "", quota.retry_after);
        co_return answer_failure(refused.error(), request);
    }
    auto answer = co_await services.sessions.login(std::move(login), caller_of(request), request.deadline);
    const bool costs_nothing = answer || was_not_verified(answer.error(), request);
    if (services.login_limit && costs_nothing) {
        co_await services.login_limit->refund(address, quota, request.deadline);
    }
    if (!answer) {
        services.metrics.login_refused(answer.error().code);
        co_return answer_failure(answer.error(), request);
    }
    services.metrics.signed_in();
    warn_of_plain_http(request, services);
    co_return succeeded(*answer, request, services);
}

}  // namespace

Task<ApiResult> post_login(const web::Request& request, Services& services) {
    if (const auto code = refused_outright(request, services)) {
        services.metrics.login_refused(*code);
        co_return proto::refuse(*code);
    }
    auto login = parse_login(request, services);
    if (!login) {
        services.metrics.login_refused(login.error().code);
        co_return std::unexpected(std::move(login).error());
    }
    RateDecision quota;
    auto response = co_await sign_in_within_quota(request, services, *std::move(login), quota);
    if (services.login_limit) {
        response.with("RateLimit-Policy", rate_limit_policy(services.login_limit->quota()));
        response.with("RateLimit", rate_limit_state(quota));
    }
    co_return response;
}

}  // namespace gatehouse::gateway
