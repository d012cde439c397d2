// gatehouse-session: the session and credential service. Configured by environment variables alone.
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crash.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "crypto/init.hpp"
#include "proto/variables.hpp"
#include "session/app.hpp"
#include "session/config.hpp"
#include "web/server.hpp"

namespace {

using namespace gatehouse;

constexpr std::string_view kHelp =
    "gatehouse-session: signs people in and knows who is signed in.\n"
    "\n"
    "  gatehouse-session                  serve until SIGTERM or SIGINT\n"
    "  gatehouse-session --check-config   show what would be used, and every mistake; exit 1 if there is one\n"
    "  gatehouse-session --version\n"
    "  gatehouse-session --help\n"
    "\n"
    "Configured by environment variables, completed by a .env file in the working directory: see .env.example.\n";

void print(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

int check_config(const Settings& settings) {
    for (const Setting& setting : settings.shown()) {
        print(stdout, setting.name + "=" + setting.value + (setting.is_default ? "   (default)\n" : "\n"));
    }
    const std::vector<std::string> mistakes = settings.mistakes();
    for (const std::string& mistake : mistakes) print(stderr, mistake + "\n");
    return mistakes.empty() ? 0 : 1;
}

// Their handling begins with the threads' start: until then they wait, and only App::run() takes them.
void block_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

int serve(session::Config config) {
    block_signals();
    log::start("session", config.log_level, config.log_queue);
    auto accounts = session::make_account_store(config.database);
    if (!accounts) {
        log::failure("service.cannot_start", accounts.error());
        log::stop();
        return 1;
    }
    web::raise_file_limit();
    int status = 1;
    {
        session::App app(std::move(config), *std::move(accounts));
        status = app.run();
    }
    log::stop();
    return status;
}

int run(const std::vector<std::string_view>& arguments) {
    if (!arguments.empty() && arguments.front() == "--help") return print(stdout, kHelp), 0;
    if (!arguments.empty() && arguments.front() == "--version") {
        return print(stdout, "gatehouse-session " GATEHOUSE_VERSION "\n"), 0;
    }
    const bool check_only = arguments.size() == 1 && arguments.front() == "--check-config";
    if (!arguments.empty() && !check_only) return print(stderr, kHelp), 2;

    crypto::init();
    install_crash_handler("session");
    auto environment = read_environment();
    if (!environment) return print(stderr, describe(environment.error()) + "\n"), 1;
    Settings settings(*std::move(environment), proto::known_variables());
    session::Config config = session::read_config(settings);
    if (check_only) return check_config(settings);
    const std::vector<std::string> mistakes = settings.mistakes();
    for (const std::string& mistake : mistakes) {
        log::write(log::Level::error, "config.mistake", {{"service", "session"}, {"detail", mistake}});
    }
    return mistakes.empty() ? serve(std::move(config)) : 1;
}

}  // namespace

int main(int argc, char** argv) { return run({argv + 1, argv + argc}); }
