// The internal API's surface, and the way from a request to its handler and back.
#pragma once

#include <string_view>
#include <vector>

#include "session/services.hpp"
#include "web/http_types.hpp"
#include "web/router.hpp"
#include "web/server.hpp"

namespace gatehouse::session {

// Answers one request: who asks (401), what for (404, 405), whether that is allowed (403), and then the handler. Its
// failure becomes {"success":false,…} with Retry-After, and is logged here and nowhere else.
Task<web::Response> serve(web::Request& request, Services& services);

// A row of the table and the scope that it needs ("any": any credential will do), for whoever holds them against
// proto/session.v1.yaml.
struct InternalRoute {
    web::RouteKey key;
    std::string_view scope;
};
[[nodiscard]] std::vector<InternalRoute> internal_routes();

// Counts the exchange and writes its line of the access log (ACCESS_LOG=on).
void observe(const web::Exchange& exchange, Metrics& metrics, const Config& config);

}  // namespace gatehouse::session
