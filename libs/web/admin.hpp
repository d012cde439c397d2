// The admin port of a service, for orchestrators and Prometheus: /livez, /readyz and /metrics. Loopback by default.
#pragma once

#include <functional>
#include <string>

#include "web/server.hpp"

namespace gatehouse::web {

// `ready`: 200 or 503 on /readyz; `metrics`: Prometheus text. Both are called on a loop's thread and must not block.
struct AdminProbes {
    std::function<bool()> ready;
    std::function<std::string()> metrics;
};

// A handler for a Server of its own on the *_ADMIN_LISTEN address. /livez answers 200 as long as the loop runs.
[[nodiscard]] Handler admin_handler(AdminProbes probes);

}  // namespace gatehouse::web
