// What the main() of every service does: arguments, configuration with all its mistakes at once, signals, log.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/settings.hpp"

namespace gatehouse {

struct Program {
    std::string_view binary;                      // "gatehouse-gateway"
    std::string_view service;                     // "gateway": the log's member `service`
    std::string_view purpose;                     // one line for --help
    std::span<const std::string_view> variables;  // all that any binary of Gatehouse reads
};

// Reads the service's configuration and returns what serves with it, whose result is the exit status. What is wrong
// stays in the settings' mistakes; then the returned function is not called.
using Configure = std::function<std::function<int()>(Settings& settings)>;

// Exit status: 0; 1 for a mistake in the configuration or a service that could not start; 2 for unknown arguments.
//   --check-config   shows what would be used, secrets masked, and every mistake
//   --version, --help
// Before the service is called SIGPIPE is ignored, and SIGTERM, SIGINT and SIGHUP are blocked: it takes them by
// wait_for_end().
[[nodiscard]] int run_program(const Program& program, int argc, char** argv, const Configure& configure);

// Blocks until SIGTERM or SIGINT comes; which. Calls `reload` whenever SIGHUP does.
int wait_for_end(const std::function<void()>& reload);

}  // namespace gatehouse
