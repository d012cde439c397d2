// The public API: one function per request. Each parses, calls, serialises; routes.cpp has the table.
#pragma once

#include <string>
#include <string_view>

#include "async/task.hpp"
#include "gateway/services.hpp"
#include "proto/error_code.hpp"
#include "proto/json.hpp"
#include "session_client/session_client.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

using ApiResult = proto::Outcome<web::Response>;
using ApiHandler = Task<ApiResult> (*)(const web::Request& request, Services& services);

Task<ApiResult> get_index(const web::Request& request, Services& services);
Task<ApiResult> get_health(const web::Request& request, Services& services);
Task<ApiResult> post_login(const web::Request& request, Services& services);
Task<ApiResult> post_logout(const web::Request& request, Services& services);
Task<ApiResult> get_check(const web::Request& request, Services& services);
Task<ApiResult> get_login_page(const web::Request& request, Services& services);
Task<ApiResult> get_account_page(const web::Request& request, Services& services);
Task<ApiResult> get_page_asset(const web::Request& request, Services& services);
Task<ApiResult> authz_auth_request(const web::Request& request, Services& services);  // nginx
Task<ApiResult> authz_forward_auth(const web::Request& request, Services& services);  // Traefik, Caddy
Task<ApiResult> authz_ext_authz(const web::Request& request, Services& services);     // Envoy

// The endpoint of authz_ext_authz; the original request's path follows it.
inline constexpr std::string_view kExtAuthzPath = "/api/authz/ext-authz";
// What of a request's path may stand in logs and metrics: that other path is none of their business.
[[nodiscard]] constexpr std::string_view own_path(std::string_view path) noexcept {
    return path.starts_with(kExtAuthzPath) ? kExtAuthzPath : path;
}

// --- what several of them need ---

[[nodiscard]] web::Response json(std::string body, int status = 200);
// The failure's response. Logs what is our own fault; what a client did wrong shows in the access log alone.
[[nodiscard]] web::Response answer_failure(const proto::Failure& failure, const web::Request& request);
[[nodiscard]] session_client::Caller caller_of(const web::Request& request);
// The sessions that a sign-in or sign-out ends, as many as one message may name: those of the browser's cookies.
[[nodiscard]] std::vector<Secret> tokens_to_end(const PresentedCookies& cookies, const PresentedCookies& former);
// Is the body declared as JSON? Parameters (charset) do not matter. For what a page of another site could post as a
// form.
[[nodiscard]] bool is_json(const web::Request& request);

}  // namespace gatehouse::gateway
