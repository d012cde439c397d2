#include "gateway/routes.hpp"

#include <algorithm>
#include <span>

#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

using proto::ErrorCode;
using web::Method;

// Searched from the top: what is asked most stands first.
constexpr web::Route<ApiHandler> routes[] = {
    {{Method::get, "/auth/check"}, &get_check},
    {{Method::get, "/"}, &get_index},
    {{Method::get, "/health"}, &get_health},
    {{Method::post, "/auth/login"}, &post_login},
    {{Method::post, "/auth/logout"}, &post_logout},
    // Any method: a proxy that asks with the client's own must not take OPTIONS' 204 for a yes.
    {{Method::any, "/api/authz/auth-request"}, &authz_auth_request},
    {{Method::any, "/api/authz/forward-auth"}, &authz_forward_auth},
    {{Method::any, kExtAuthzPath}, &authz_ext_authz},
    {{Method::any, "/api/authz/ext-authz/{*}"}, &authz_ext_authz},
    {{Method::any, "/api/authz/ext-authz;role={}/{*}"}, &authz_ext_authz},
    // Pages, last: with PAGES=off the table ends here.
    {{Method::get, "/login"}, &get_login_page},
    {{Method::get, "/account"}, &get_account_page},
    {{Method::get, "/login/style.css"}, &get_page_asset},
    {{Method::get, "/login/icon.svg"}, &get_page_asset},
    {{Method::get, "/login/login.js"}, &get_page_asset},
    {{Method::get, "/login/account.js"}, &get_page_asset},
};
constexpr auto route_keys = web::keys_of(routes);
constexpr auto first_page = std::ranges::find(route_keys, "/login", &web::RouteKey::path);

std::span<const web::RouteKey> known_routes(const Services& services) {
    return {route_keys.begin(), services.pages ? route_keys.end() : first_page};
}

web::Response refusal(ErrorCode code, const web::Request& request) {
    return answer_failure(proto::Failure{code, "", {}, "", std::source_location::current()}, request);
}

// A CORS preflight (Fetch standard, 4.8) or a plain OPTIONS.
web::Response options_response(const web::Request& request, const Services& services, const std::string& allow) {
    web::Response response;
    response.status = 204;
    response.content_type = {};
    response.with("Allow", allow);
    const bool preflight = request.header("Access-Control-Request-Method").has_value();
    if (preflight && !allowed_origin(request, services.config.origins).empty()) {
        response.with("Access-Control-Allow-Methods", allow);
        response.with("Access-Control-Allow-Headers", "Content-Type, X-CSRF-Token, X-CSRFToken");
        response.with("Access-Control-Max-Age", "600");
    }
    return response;
}

void add_cors_headers(web::Response& response, const web::Request& request, const Services& services) {
    const auto& origins = services.config.origins;
    if (origins.allowed_origins.empty()) return;
    response.with("Vary", "Origin");
    const auto origin = allowed_origin(request, origins);
    if (origin.empty()) return;
    response.with("Access-Control-Allow-Origin", std::string(origin));
    response.with("Access-Control-Allow-Credentials", "true");
    response.with("Access-Control-Expose-Headers", "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id");
}

// A password manager, or a browser in which the page's script does not run, posted the sign-in form: what they need is
// the page, not JSON.
bool is_posted_form(const web::Request& request, const Services& services) {
    return services.pages && request.method == Method::post && request.path == "/login" &&
           request.header("Content-Type").value_or("").starts_with("application/x-www-form-urlencoded");
}

web::Response wrong_method(const web::Request& request, const Services& services, std::string allow) {
    const bool form = is_posted_form(request, services);
    auto response =
        form ? services.pages->login(request, Session::none) : refusal(ErrorCode::method_not_allowed, request);
    response.status = proto::info(ErrorCode::method_not_allowed).status;
    response.with("Allow", std::move(allow));
    return response;
}

// What is to answer the request, or its answer if that is no endpoint's.
std::expected<ApiHandler, web::Response> find_handler(web::Request& request, const Services& services) {
    const auto found = web::find_route(known_routes(services), request.method, request.path, request.parameters);
    if (const auto* options = std::get_if<web::Options>(&found))
        return std::unexpected(options_response(request, services, options->allow));
    if (const auto* wrong = std::get_if<web::WrongMethod>(&found))
        return std::unexpected(wrong_method(request, services, wrong->allow));
    if (std::holds_alternative<web::NotFound>(found)) return std::unexpected(refusal(ErrorCode::not_found, request));
    request.path = own_path(request.path);  // for whoever logs that the handler failed
    return routes[std::get<std::size_t>(found)].handler;
}

}  // namespace

Task<web::Response> handle(web::Request& request, Services& services) {
    auto handler = find_handler(request, services);
    web::Response response;
    if (handler) {
        auto answer = co_await (*handler)(request, services);
        response = answer ? *std::move(answer) : answer_failure(answer.error(), request);
    } else {
        response = std::move(handler).error();
    }
    add_cors_headers(response, request, services);
    co_return response;
}

std::span<const web::RouteKey> public_routes() noexcept { return route_keys; }

}  // namespace gatehouse::gateway
