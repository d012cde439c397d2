#include "base/program.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/crash.hpp"
#include "base/log.hpp"
#include "base/version.hpp"

namespace gatehouse {
namespace {

sigset_t taken_signals() noexcept {
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGHUP);
    return taken;
}

std::string help_of(const Program& program) {
    return fmt::format(
        "{0}: {1}.\n"
        "\n"
        "  {0}                  serve until SIGTERM or SIGINT; SIGHUP reads certificates and credentials anew\n"
        "  {0} --check-config   show what would be used, and every mistake; exit 1 if there is one\n"
        "  {0} --version\n"
        "  {0} --help\n"
        "\n"
        "Configured by environment variables, completed by a .env file in the working directory: see .env.example.\n",
        program.binary, program.purpose);
}

void log_mistake(const Program& program, std::string_view mistake) {
    log::write(log::Level::error, "config.mistake", {{"service", program.service}, {"detail", mistake}});
}

int check_config(const Settings& settings) {
    for (const Setting& setting : settings.shown()) {
        fmt::print("{}={}{}\n", setting.name, setting.value, setting.is_default ? "   (default)" : "");
    }
    const auto mistakes = settings.mistakes();
    for (const std::string& mistake : mistakes) fmt::print(stderr, "{}\n", mistake);
    return mistakes.empty() ? 0 : 1;
}

}  // namespace

int run_program(const Program& program, int argc, char** argv, const Configure& configure) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const bool alone = arguments.size() == 1;
    if (alone && arguments.front() == "--help") return fmt::print("{}", help_of(program)), 0;
    if (alone && arguments.front() == "--version") return fmt::print("{} {}\n", program.binary, kVersion), 0;
    const bool check_only = alone && arguments.front() == "--check-config";
    if (!arguments.empty() && !check_only) return fmt::print(stderr, "{}", help_of(program)), 2;

    install_crash_handler(program.service);
    auto environment = read_environment();
    if (!environment) {
        const std::string& mistake = environment.error().detail;
        if (check_only) return fmt::print(stderr, "{}\n", mistake), 1;
        return log_mistake(program, mistake), 1;
    }
    Settings settings(*std::move(environment), program.variables);
    const auto serve = configure(settings);
    if (check_only) return check_config(settings);
    const auto mistakes = settings.mistakes();
    for (const std::string& mistake : mistakes) log_mistake(program, mistake);
    if (!mistakes.empty()) return 1;

    std::signal(SIGPIPE, SIG_IGN);
    const auto taken = taken_signals();
    pthread_sigmask(SIG_BLOCK, &taken, nullptr);
    return serve();
}

int wait_for_end(const std::function<void()>& reload) {
    const auto taken = taken_signals();
    while (true) {
        int number = 0;
        if (sigwait(&taken, &number) != 0) continue;
        if (number != SIGHUP) return number;
        reload();
    }
}

}  // namespace gatehouse
