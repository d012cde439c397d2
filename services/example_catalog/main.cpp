// gatehouse-example-catalog: a service that knows its users by Gatehouse, in two ways. README.md says how to run it.
#include <cstdlib>
#include <deque>
#include <memory>

#include "async/run_on.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "crypto/init.hpp"
#include "example_catalog/catalog.hpp"
#include "proto/variables.hpp"
#include "session_client/settings.hpp"
#include "web/server_settings.hpp"

namespace {

using namespace gatehouse;
using namespace gatehouse::example_catalog;
using namespace std::chrono_literals;

struct Config {
    explicit Config(Settings& settings)
        : log_level(web::read_log_level(settings)),
          io(web::read_io_options(settings)),
          server(web::read_server_options(settings)),
          proxies(web::read_trusted_proxies(settings, "TRUST_IDENTITY_HEADERS_FROM")),
          books(settings) {
        server.listen = {web::read_endpoint(settings, "CATALOG_LISTEN", "127.0.0.1:8090")};
        server.fixed_headers = "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
        server.origin = [this](const web::Request& request) { return proxies.origin_of(request); };
        if (settings.text("TRUST_IDENTITY_HEADERS_FROM")) return;  // no credential is needed, and none is at hand
        const auto env = proto::read_app_env(settings);
        introspection = Introspection{session_client::read_options(settings, env, "catalog --scopes introspect"),
                                      session_client::read_cookie_name(settings, env)};
    }

    log::Level log_level;
    IoOptions io;
    web::ServerOptions server;
    web::TrustedProxies proxies;
    std::optional<Introspection> introspection;  // empty: `proxies` say who asks
    Books books;
};

int serve(Config& config) {
    IoThreads threads(config.io);
    BlockingPool database({Books::kConnections, 64, 1s});  // as many threads as connections, a bounded queue
    std::deque<std::optional<Catalog>> catalogs;
    std::vector<web::Handler> handlers;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        auto& catalog = catalogs.emplace_back(std::in_place, threads[i], config.introspection, config.books, database);
        handlers.emplace_back([&catalog](web::Request& request) { return catalog->handle(request); });
    }
    web::Server server(threads, config.server, std::move(handlers));
    if (const auto listening = server.listen(); !listening) {
        log::failure("service.cannot_listen", listening.error());
        return 1;
    }
    threads.start();
    server.start();
    for (const Endpoint& at : server.endpoints()) log::info("service.listening", {{"address", to_string(at)}});

    wait_for_end([] {});
    const bool drained = run_on(threads[0], server.drain(Deadline::after(10s))).get();
    if (!threads.settle(Deadline::after(2s)) || !drained) std::_Exit(0);  // what still runs needs what would end below
    threads.on_each([&](Loop& loop) { catalogs[loop.index].reset(); });   // each on the thread that used it
    threads.stop();
    threads.join();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    crypto::init();
    const auto shared = proto::known_variables();
    std::vector<std::string_view> variables(shared.begin(), shared.end());
    variables.insert(variables.end(), {"CATALOG_LISTEN", "TRUST_IDENTITY_HEADERS_FROM"});
    const Program program{"gatehouse-example-catalog", "example_catalog", "lists the library's books", variables};
    return run_program(program, argc, argv, [](Settings& settings) {
        auto config = std::make_shared<Config>(settings);
        return [config] {
            log::start("example_catalog", config->log_level, 8192);
            const int status = serve(*config);
            log::stop();
            return status;
        };
    });
}
