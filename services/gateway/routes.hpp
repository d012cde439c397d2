// The gateway's whole public surface: one table, and CORS.
#pragma once

#include <span>

#include "gateway/services.hpp"
#include "web/router.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

// Finds the route, calls it, turns a failure into its response and adds what a page of another origin needs (CORS).
Task<web::Response> handle(web::Request& request, Services& services);

// The table's rows, the pages included, for whoever holds them against proto/gateway.v1.yaml.
[[nodiscard]] std::span<const web::RouteKey> public_routes() noexcept;

}  // namespace gatehouse::gateway
