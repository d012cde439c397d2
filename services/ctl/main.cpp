// gatehousectl: administers Gatehouse from a terminal or a script.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "crypto/init.hpp"
#include "ctl/command_line.hpp"
#include "ctl/run.hpp"

int main(int argc, char** argv) {
    using namespace gatehouse;
    std::signal(SIGPIPE, SIG_IGN);
    crypto::init();
    try {
        auto parsed = ctl::parse_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
        if (const auto* nothing = std::get_if<ctl::NothingToRun>(&parsed)) {
            std::cout << nothing->out;
            std::cerr << nothing->err;
            return nothing->exit_code;
        }
        return ctl::run(std::get<ctl::Invocation>(parsed), std::cin, std::cout, std::cerr);
    } catch (const std::exception& error) {
        std::cerr << "gatehousectl: " << error.what() << '\n';
        return std::to_underlying(ctl::ExitCode::unavailable);
    }
}
