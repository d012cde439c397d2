// One line per request. Probes have a port of their own and are never logged.
#pragma once

#include "gateway/guard/trusted_proxies.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

void log_access(const web::Exchange& exchange, const TrustedProxies& proxies);

}  // namespace gatehouse::gateway
