// Forward auth: a proxy asks, before it passes a request on, whether that may go through. The three endpoints differ in
// how they are told of that request and how the proxy takes a redirect; what is decided, and how, is the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/api/api.hpp"
#include "gateway/guard/original_request.hpp"
#include "gateway/guard/role_rule.hpp"

namespace gatehouse::gateway {

// How the proxy is told where to sign in.
enum class SignInHint : std::uint8_t {
    redirect,  // 302, which it hands to the client
    location,  // 401 with the Location, as nginx's auth_request understands no 302
};

// 200 without a body, with who it is; 401, or the way to the sign-in page for a navigation that is believed; 403
// FORBIDDEN by the rule; 503. 400 without a rule: the address in the proxy's configuration is not understood. Never a
// cookie, never limited.
Task<ApiResult> decide(const web::Request& request, Services& services, std::optional<RoleRule> rule, Original original,
                       SignInHint hint);

// The address of the sign-in page that leads back to `original_url`, or without it if it may not; empty: there is no
// such page, or that is where the client is.
[[nodiscard]] std::string sign_in_url(const Config& config, std::string_view original_url);

}  // namespace gatehouse::gateway
