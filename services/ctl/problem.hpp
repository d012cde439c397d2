// Why a command failed, for the person who typed it: what happened, what to do, and the process's exit code.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace gatehouse::ctl {

// Documented in --help: scripts act on them.
enum class ExitCode : std::uint8_t {
    ok = 0,
    refused = 1,      // the service refused: no such user, a taken address, a weak password …; healthcheck: unhealthy
    usage = 2,        // the command line, a file or the input is wrong; nothing was sent
    unavailable = 3,  // the service, or what it needs, cannot be reached or did not answer in time
    denied = 4,       // the credential is missing, wrong, or lacks the scope
};

struct Problem {
    ExitCode exit_code = ExitCode::refused;
    std::string message;     // what happened
    std::string fix;         // what to do; may be empty
    std::string error_code;  // the service's; empty if it did not answer
};

template <class T = void>
using Answer = std::expected<T, Problem>;

[[nodiscard]] inline std::unexpected<Problem> problem(ExitCode exit_code, std::string message, std::string fix = {}) {
    return std::unexpected(Problem{exit_code, std::move(message), std::move(fix), {}});
}

}  // namespace gatehouse::ctl
