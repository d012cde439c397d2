// One line per request. Probes have a port of their own and are never logged.
#pragma once

#include "web/server.hpp"

namespace gatehouse::gateway {

void log_access(const web::Exchange& exchange);

}  // namespace gatehouse::gateway
