// For a service that gets the browser's cookie itself: behind a proxy that asks for it, nobody needs this.
#pragma once

#include <string_view>

#include "web/cookie.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session_client {

// The tokens in the cookies called `name` (settings.hpp: read_cookie_name), for SessionClient::introspect_any;
// borrowed, each once. Usually one, or none: other hosts of a shared domain may plant more, except beside the __Host-
// name, which nobody else can set: two values of that are a riddle, and nobody's.
[[nodiscard]] web::CookieValues presented_tokens(const web::Request& request, std::string_view name);

// The same of a Cookie header's value, for services whose HTTP is not libs/web.
[[nodiscard]] web::CookieValues presented_tokens(std::string_view cookie_header, std::string_view name);

}  // namespace gatehouse::session_client
