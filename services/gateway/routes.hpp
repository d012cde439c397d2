// The gateway's whole public surface: one table, and CORS.
#pragma once

#include "gateway/services.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

// Finds the route, calls it, turns a failure into its response and adds what a page of another origin needs (CORS).
Task<web::Response> handle(web::Request& request, Services& services);

}  // namespace gatehouse::gateway
