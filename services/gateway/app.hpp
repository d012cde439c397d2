// The gateway put together: members in the order in which they depend on each other, destroyed in reverse.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "async/io_threads.hpp"
#include "gateway/config.hpp"
#include "gateway/guard/login_limit.hpp"
#include "gateway/guard/session_cookie.hpp"
#include "gateway/metrics.hpp"
#include "gateway/pages/pages.hpp"
#include "gateway/services.hpp"
#include "metrics/registry.hpp"
#include "session_client/session_client.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

class App {
public:
    explicit App(Config config);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Serves until SIGTERM or SIGINT, then drains. The process's exit status: 1 if it could not listen.
    int run();

private:
    [[nodiscard]] bool load_tls();
    [[nodiscard]] bool listen();
    void watch_certificate(const char* link, std::function<SystemTime()> expires);
    void reload();
    void reload_credential();
    [[nodiscard]] LoginLimit* login_limit_of(Loop& loop);
    [[nodiscard]] std::vector<web::Server*> servers();
    [[nodiscard]] web::ServerOptions server_options();
    [[nodiscard]] web::Handler admin_handler();
    void watch();
    Task<> await_session_service();
    void drain();

    const Config config_;
    metrics::Registry registry_;
    Metrics metrics_;
    SessionCookie cookie_;
    std::optional<Pages> pages_;
    std::optional<AddressLimit> address_limit_;
    std::atomic<bool> reached_{false};  // the session service was fully connected once
    std::atomic<bool> draining_{false};
    std::shared_ptr<web::TlsContext> tls_;  // null: plain HTTP
    IoThreads threads_;
    std::deque<std::optional<session_client::SessionClient>> clients_;  // one per loop, as are the services
    std::deque<std::optional<redis::Client>> limit_links_;
    std::deque<LoginLimit> login_limits_;
    std::deque<Services> services_;
    std::optional<web::Server> server_;
    std::optional<web::Server> redirect_;
    std::optional<web::Server> admin_;
};

}  // namespace gatehouse::gateway
