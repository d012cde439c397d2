// Is this request the user's own doing, or another site's? OWASP CSRF Prevention Cheat Sheet: Fetch Metadata and Origin
// first, then a token bound to the session (HMAC pattern).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/http_types.hpp"

namespace gatehouse::gateway {

struct OriginRules {
    std::string public_origin;                 // "https://login.example.org", or empty: the Host header decides
    std::vector<std::string> allowed_origins;  // other origins whose pages may call with cookies
};

// Does the request come from a page of ours or an allowed one, or from no browser at all? By Sec-Fetch-Site if it is
// there, else by Origin; with neither it is no browser's. `Origin: null` is nobody.
[[nodiscard]] bool is_own_request(const web::Request& request, const OriginRules& rules);

// Says in the log that it was refused as another's doing, and what about it: the origin, or else the session's token.
void log_csrf_rejected(const web::Request& request, const OriginRules& rules);

// The Origin header if it is one of allowed_origins: the value that CORS answers. Empty otherwise.
[[nodiscard]] std::string_view allowed_origin(const web::Request& request, const OriginRules& rules);

}  // namespace gatehouse::gateway
