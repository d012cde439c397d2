// gatehouse-gateway: the public side of Gatehouse. Configured by environment variables alone.
#include <memory>

#include "base/log.hpp"
#include "base/program.hpp"
#include "crypto/init.hpp"
#include "gateway/app.hpp"
#include "gateway/config.hpp"
#include "proto/variables.hpp"
#include "web/server.hpp"

namespace {

using namespace gatehouse;

int serve(gateway::Config& config) {
    log::start("gateway", config.log_level, config.log_queue);
    config.server.connections = web::within_file_limit(config.server.connections);
    const int status = gateway::App(std::move(config)).run();
    log::stop();
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    crypto::init();
    const Program program{"gatehouse-gateway", "gateway", "answers web clients and asks the session service",
                          proto::known_variables()};
    return run_program(program, argc, argv, [](Settings& settings) {
        auto config = std::make_shared<gateway::Config>(gateway::read_config(settings));
        return [config] { return serve(*config); };
    });
}
