// gatehouse-session: the session and credential service. Configured by environment variables alone.
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/program.hpp"
#include "crypto/init.hpp"
#include "proto/variables.hpp"
#include "session/app.hpp"
#include "session/config.hpp"
#include "session/stores.hpp"
#include "web/server.hpp"

namespace {

using namespace gatehouse;

int serve(session::Config& config) {
    log::start("session", config.log_level, config.log_queue);
    config.server.options.connections = web::within_file_limit(config.server.options.connections);
    int status = 1;
    if (auto accounts = session::make_account_store(config.database)) {
        status = session::App(std::move(config), *std::move(accounts)).run();
    } else {
        log::failure("service.cannot_start", accounts.error());
    }
    log::stop();
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    crypto::init();
    const Program program{"gatehouse-session", "session", "signs people in and knows who is signed in",
                          proto::known_variables()};
    return run_program(program, argc, argv, [](Settings& settings) {
        auto config = std::make_shared<session::Config>(session::read_config(settings));
        return [config] { return serve(*config); };
    });
}
