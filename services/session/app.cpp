#include "session/app.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>
#include <unistd.h>
#include <utility>

#include "async/run_on.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "session/credentials.hpp"
#include "session/routes.hpp"
#include "session/startup.hpp"
#include "session/upkeep.hpp"
#include "web/admin.hpp"
#include "web/tls_reload.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kLastWords = 2s;  // for background work and the admin port, after the requests have ended
constexpr auto kHeadStart = 1s;  // as long as a gateway waits for a check

}  // namespace

App::App(Config config, std::unique_ptr<AccountStore> accounts)
    : config_(std::move(config)),
      clock_(system_clock()),
      logid_(config_.keys.current.view(), "logid"),
      decoys_(crypto::Subkey(config_.keys.current.view(), "decoy"), config_.passwords.hashing.cost,
              config_.passwords.hashing.bcrypt_max_cost),
      accounts_(std::move(accounts)),
      threads_(config_.server.io),
      database_(config_.database.pool),
      hashing_(config_.passwords.hashing),
      session_stores_(config_.sessions, clock_),
      workers_([&] {
          const Worker::Shared shared{config_, clock_,     readiness_, metrics_, logid_,
                                      decoys_, *accounts_, database_,  hashing_, session_stores_};
          std::deque<std::optional<Worker>> workers(threads_.size());
          for (std::size_t i = 0; i < threads_.size(); ++i) workers[i].emplace(shared, threads_[i]);
          return workers;
      }()),
      repair_(workers_.front()->pauses(), database_, *accounts_, workers_.front()->services().sessions,
              config_.sessions.limits.absolute),
      loops_without_sessions_(threads_.size()) {
    watch();
}

App::~App() = default;

// What others keep is read when it is scraped.
void App::watch() {
    metrics::Registry& registry = metrics_.registry();
    registry.read_gauge("ready", "1 if requests may be sent here", [this] { return readiness_.ready() ? 1 : 0; });
    registry.read_gauge("connections_open", "Connections of callers",
                        [this] { return server_ ? double(server_->open_connections()) : 0; });
    registry.read_counter("log_lines_dropped_total", "Lines that found the log's queue full",
                          [] { return double(log::dropped()); });
    const std::string up = "dependency_up";
    const std::string up_means = "1 if it answered when it was last asked, every 2 s";
    registry.read_gauge(up, up_means, [this] { return dependencies_.database_up() ? 1 : 0; },
                        {{"dependency", "database"}});
    registry.read_gauge(up, up_means, [this] { return dependencies_.sessions_up() ? 1 : 0; },
                        {{"dependency", "sessions"}});
    watch_pools(registry);
    if (config_.sessions.kind == SessionStoreKind::redis) watch_redis(registry);
}

void App::watch_pools(metrics::Registry& registry) {
    const auto constant = [&registry](const std::string& name, const std::string& help, std::size_t value) {
        registry.read_gauge(name, help, [value] { return double(value); });
    };
    constant("hashing_slots", "Password hashes that may be under way at once", config_.passwords.hashing.slots);
    constant("hashing_queue_limit", "Sign-ins that may wait for a slot", config_.passwords.hashing.queue);
    constant("database_threads", "Database jobs that may be under way at once", config_.database.pool.threads);
    constant("database_queue_limit", "Database jobs that may wait", config_.database.pool.queue);
    registry.read_gauge("hashing_running", "Password hashes under way", [this] { return double(hashing_.running()); });
    registry.read_gauge("hashing_queued", "Sign-ins that wait for a slot",
                        [this] { return double(hashing_.queued()); });
    registry.read_gauge("database_running", "Database jobs under way", [this] { return double(database_.running()); });
    registry.read_gauge("database_queued", "Database jobs that wait", [this] { return double(database_.queued()); });
}

void App::watch_redis(metrics::Registry& registry) {
    const auto sum = [this](auto figure) {
        double total = 0;
        for (const auto& worker : workers_) {
            if (const auto* counts = worker ? worker->redis() : nullptr) total += double((counts->*figure).load());
        }
        return total;
    };
    registry.read_gauge("redis_connections", "Loops with a connection to Redis",
                        [sum] { return sum(&redis::Client::Counts::connected); });
    registry.read_counter("redis_connects_total", "Connections to Redis that were made",
                          [sum] { return sum(&redis::Client::Counts::connects); });
    registry.read_counter("redis_restarts_total", "Connections that found another Redis process than before",
                          [sum] { return sum(&redis::Client::Counts::restarts); });
    registry.read_counter("redis_timeouts_total", "Commands without an answer in time",
                          [sum] { return sum(&redis::Client::Counts::timeouts); });
}

bool App::load_tls() {
    if (!config_.server.tls) return true;
    tls_ = web::load_and_log(*config_.server.tls);
    if (!tls_) return false;
    metrics_.registry().read_gauge("tls_certificate_expires_timestamp_seconds",
                                   "When the certificate stops being valid",
                                   [this] { return double(unix_seconds(tls_->expires())); }, {{"link", "internal"}});
    return true;
}

bool App::listen() {
    web::ServerOptions options = config_.server.options;
    options.tls = tls_;
    options.observe = [this](const web::Exchange& exchange) { observe(exchange, metrics_, config_); };
    std::vector<web::Handler> handlers;
    handlers.reserve(workers_.size());
    for (auto& worker : workers_) {
        handlers.emplace_back(
            [services = &worker->services()](web::Request& request) { return serve(request, *services); });
    }
    server_.emplace(threads_, std::move(options), std::move(handlers));

    web::ServerOptions admin;
    admin.listen = {config_.server.admin_listen};
    admin.connections = 64;
    admin.body_bytes = 1024;
    const web::Handler probes =
        web::admin_handler({[this] { return readiness_.ready(); }, [this] { return metrics_.registry().render(); }});
    admin_.emplace(threads_, std::move(admin), std::vector<web::Handler>(threads_.size(), probes));

    for (web::Server* server : {&*server_, &*admin_}) {
        const auto listening = server->listen();
        if (listening) continue;
        log::failure("service.cannot_listen", listening.error());
        return false;
    }
    return true;
}

void App::begin_background_work() {
    threads_.on_each([this](Loop& loop) {
        Worker& worker = *workers_[loop.index];
        auto await_sessions = [](App& app, Worker& mine) -> Task<> {
            const bool answered = co_await wait_for_sessions(mine.services().sessions, mine.pauses());
            if (answered && --app.loops_without_sessions_ == 0) app.readiness_.sessions_ready();
        };
        loop.tasks.spawn("await_sessions", await_sessions(*this, worker));
        if (loop.index != 0) return;
        auto refused = [this](const Error& error) { refuse(error); };
        loop.tasks.spawn("prepare_accounts", prepare_accounts(*accounts_, database_, decoys_, readiness_,
                                                              worker.pauses(), config_.database, std::move(refused)));
        loop.tasks.spawn("keep_up",
                         keep_up(*accounts_, database_, decoys_, readiness_, worker.pauses(), config_.keep_attempts));
        loop.tasks.spawn("repair_epochs", repair_epochs(*this, worker));
        loop.tasks.spawn("watch_dependencies", dependencies_.run(worker.services(), worker.pauses()));
    });
}

// Not before the schema is there: every round would fail.
Task<> App::repair_epochs(App& app, Worker& worker) {
    while (!app.readiness_.accounts() && !worker.pauses().stopped()) co_await worker.pauses().pause(100ms);
    co_await app.repair_.run();
}

// The database holds something that is not ours: an operator has to decide. Ends the process as SIGTERM does.
void App::refuse(const Error& error) {
    log::failure("database.refused", error);
    refused_ = true;
    ::kill(::getpid(), SIGTERM);
}

// A gateway does not ask whether an instance that it can connect to is ready: what comes while the stores are being
// connected, which takes milliseconds, waits in the listening socket instead of being refused. Stores that are not
// there are told to callers as ever.
void App::give_stores_a_head_start() {
    const auto by = Deadline::after(kHeadStart);
    while (!readiness_.ready() && !refused_ && !by.passed()) std::this_thread::sleep_for(2ms);
}

// SIGHUP. Connections and requests that are there keep what they began with.
void App::reload() {
    if (tls_) web::reload_and_log(*tls_, "internal");
    if (!config_.credentials_file.empty()) reload_credentials();
}

void App::reload_credentials() {
    const auto text = read_secret_file(config_.credentials_file);
    const auto read = text ? parse_credentials(text->view()) : Credentials{{}, {text.error().detail}};
    for (const std::string& mistake : read.mistakes) {
        log::write(log::Level::error, "credentials.reload_failed",
                   {{"detail", config_.credentials_file + " " + mistake}});
    }
    if (!read.mistakes.empty()) return;
    threads_.on_each([&](Loop& loop) { workers_[loop.index]->use_callers(read.entries); });
    log::info("credentials.reloaded", {{"count", static_cast<std::int64_t>(read.entries.size())}});
}

int App::run() {
    if (!load_tls() || !listen()) return 1;
    threads_.start();
    admin_->start();
    begin_background_work();
    give_stores_a_head_start();
    server_->start();
    for (const Endpoint& at : server_->endpoints()) log::info("service.listening", {{"address", to_string(at)}});
    for (const Endpoint& at : admin_->endpoints()) log::info("service.admin_listening", {{"address", to_string(at)}});
    if (config_.sessions.kind == SessionStoreKind::memory) {
        log::warn("sessions.in_memory", {{"detail", "all sessions end when this process does"}});
    }

    const int number = wait_for_end([this] { reload(); });
    if (refused_) {
        log::info("service.draining", {{"reason", "database.refused"}});
    } else {
        log::info("service.draining", {{"signal", std::int64_t{number}}});
    }
    drain();
    log::info("service.stopped");
    return refused_ ? 1 : 0;
}

// Requests end first, then what works in the background, then the stores, each on the loop that it lives on.
void App::drain() {
    const Deadline by = Deadline::after(config_.server.drain_timeout);
    readiness_.drain();
    const bool drained = run_on(threads_[0], server_->drain(by)).get();
    threads_.on_each([this](Loop& loop) { workers_[loop.index]->pauses().stop(); });
    const Deadline last = Deadline::after(kLastWords);
    const bool probes_ended = run_on(threads_[0], admin_->drain(last)).get();
    if (!threads_.settle(last) || !drained || !probes_ended) {
        // Something still runs on the loops, and would be pulled the ground from under.
        log::warn("service.drain_incomplete",
                  {{"connections", static_cast<std::int64_t>(server_->open_connections())}});
        log::stop();
        std::_Exit(refused_ ? 1 : 0);
    }
    threads_.on_each([this](Loop& loop) { workers_[loop.index].reset(); });
    threads_.stop();
    threads_.join();
}

}  // namespace gatehouse::session
