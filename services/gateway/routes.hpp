// The gateway's whole public surface: one table, and what every response has in common.
#pragma once

#include <string>

#include "gateway/services.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

// Finds the route, calls it, turns a failure into its response and adds what a page of another origin needs (CORS).
Task<web::Response> handle(web::Request& request, Services& services);

// The security headers that every response has, the HTTP parser's own refusals included, as lines.
[[nodiscard]] std::string security_headers(const Config& config);
// And those that a response over HTTPS has besides.
[[nodiscard]] std::string https_headers();

}  // namespace gatehouse::gateway
