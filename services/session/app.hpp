// The composition root: makes everything in the order in which it depends on each other, runs it, and takes it down in
// the reverse.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "async/blocking_pool.hpp"
#include "async/io_threads.hpp"
#include "crypto/key_ring.hpp"
#include "session/config.hpp"
#include "session/dependencies.hpp"
#include "session/login/decoys.hpp"
#include "session/login/hashing.hpp"
#include "session/metrics.hpp"
#include "session/readiness.hpp"
#include "session/sessions/epoch_repair.hpp"
#include "session/stores.hpp"
#include "session/worker.hpp"
#include "web/server.hpp"

namespace gatehouse::session {

class App {
public:
    // Throws nothing that an operator could cause; std::bad_alloc if there is no memory for one password hash.
    App(Config config, std::unique_ptr<AccountStore> accounts);
    ~App();

    // Serves until SIGTERM or SIGINT, then drains. The process's exit status: 0, or 1 if an address cannot be listened
    // on or the database is not ours. SIGTERM and SIGINT must be blocked in all threads.
    int run();

private:
    void watch();
    void watch_pools(metrics::Registry& registry);
    void watch_redis(metrics::Registry& registry);
    [[nodiscard]] bool load_tls();
    [[nodiscard]] bool listen();
    void reload();
    void reload_credentials();
    void begin_background_work();
    void give_stores_a_head_start();
    static Task<> repair_epochs(App& app, Worker& worker);
    void refuse(const Error& error);
    void drain();

    const Config config_;
    const Clock& clock_;
    Metrics metrics_;
    Readiness readiness_;
    const crypto::Subkey logid_;
    Decoys decoys_;
    const std::unique_ptr<AccountStore> accounts_;
    IoThreads threads_;
    // The pools end before the loops that wait for them.
    BlockingPool database_;
    Hashing hashing_;
    SessionStores session_stores_;
    std::deque<std::optional<Worker>> workers_;  // one per loop
    EpochRepair repair_;
    DependencyWatch dependencies_;
    std::atomic<std::size_t> loops_without_sessions_;
    std::atomic<bool> refused_{false};
    std::shared_ptr<web::TlsContext> tls_;  // null: plain HTTP
    std::optional<web::Server> server_;
    std::optional<web::Server> admin_;
};

}  // namespace gatehouse::session
