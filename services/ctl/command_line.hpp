// argv -> Invocation. The one place that knows CLI11.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ctl/commands.hpp"

namespace gatehouse::ctl {

// Nothing to run: help or the version was asked for (exit code 0, text for standard output), or the command line is
// wrong (exit code 2, text for standard error).
struct NothingToRun {
    int exit_code = 0;
    std::string out;
    std::string err;
};

// `arguments`: without the program's name.
[[nodiscard]] std::variant<Invocation, NothingToRun> parse_command_line(std::vector<std::string> arguments);

}  // namespace gatehouse::ctl
