// The request that a proxy holds while it asks whether it may pass. It is believed only from TRUSTED_PROXIES: from
// anybody else all of it is unknown.
#pragma once

#include <string>
#include <string_view>

#include "proto/error_code.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

struct OriginalRequest {
    std::string_view method;  // empty: unknown
    std::string url;          // as the client asked for it; empty: unknown
};
// invalid_request: a header of it came twice or malformed, so that proxy and gateway may understand it differently. The
// message names the header.
using Original = proto::Outcome<OriginalRequest>;

// nginx: X-Original-Method, X-Original-URL.
[[nodiscard]] Original original_of_auth_request(const web::Request& request);
// Traefik, Caddy: X-Forwarded-Method, -Proto, -Host, -Uri.
[[nodiscard]] Original original_of_forward_auth(const web::Request& request);
// Envoy: the request's own method and Host, X-Forwarded-Proto, and `target`, what follows the endpoint's path.
[[nodiscard]] Original original_of_ext_authz(const web::Request& request, std::string_view target);

// Is it a person's browser that goes to a page, so that a redirect leads somewhere? GET or HEAD, and Sec-Fetch-Mode:
// navigate, or, from a client that does not send that, an Accept that names text/html. Never for scripts.
[[nodiscard]] bool is_navigation(const web::Request& request, std::string_view original_method);

}  // namespace gatehouse::gateway
