// For a service that gets the browser's cookie itself: behind a proxy that asks for it, nobody needs this.
#pragma once

#include <optional>
#include <string_view>

#include "web/http_types.hpp"

namespace gatehouse::session_client {

// The token in the cookie called `name` (SESSION_COOKIE_NAME at the gateway), for introspect(); borrowed. Nothing if
// there is none, and if two that differ came: no telling which of them the user meant, so it is nobody, as the gateway
// has it. Values that cannot be a token do not count, except beside the __Host- name, which nobody else can have set.
[[nodiscard]] std::optional<std::string_view> presented_token(const web::Request& request, std::string_view name);

// The same of a Cookie header's value, for services whose HTTP is not libs/web.
[[nodiscard]] std::optional<std::string_view> presented_token(std::string_view cookie_header, std::string_view name);

}  // namespace gatehouse::session_client
