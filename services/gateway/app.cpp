#include "gateway/app.hpp"

#include <algorithm>
#include <cstdlib>

#include "async/run_on.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "base/version.hpp"
#include "crypto/service_credential.hpp"
#include "gateway/access_log.hpp"
#include "gateway/guard/untrusted_proxy.hpp"
#include "gateway/redirect.hpp"
#include "gateway/routes.hpp"
#include "gateway/security_headers.hpp"
#include "session_client/settings.hpp"
#include "web/admin.hpp"
#include "web/tls_reload.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto kLastWords = 2s;  // for background work and the admin port, after the requests have ended

SessionCookie make_cookie(const Config& config) {
    const auto& [current, fallbacks] = config.keys;
    return {config.cookie, crypto::KeyRing(current, fallbacks, "cookie"), crypto::KeyRing(current, fallbacks, "csrf")};
}

// What to look at, by what was answered.
std::string_view advice(const proto::Failure& failure) {
    using proto::ErrorCode;
    const auto answered = failure.answered.value_or(failure.code);
    if (answered == ErrorCode::not_authenticated || answered == ErrorCode::forbidden) {
        return "the session service answers, but does not accept SESSION_CREDENTIAL: compare it with "
               "SERVICE_CREDENTIALS there";
    }
    if (answered == ErrorCode::not_found) {
        return "what answers at SESSION_URL is something else than the session service: its admin port?";
    }
    return "the session service does not answer yet: is SESSION_URL right?";
}

}  // namespace

App::App(Config config)
    : config_(std::move(config)), metrics_(registry_), cookie_(make_cookie(config_)), threads_(config_.io) {
    if (config_.pages) pages_.emplace(config_);
    if (config_.login_rate) {
        const auto quota = config_.login_redis ? floor_of(*config_.login_rate) : *config_.login_rate;
        address_limit_.emplace(quota, config_.address_entries, system_clock());
    }
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        auto& client = clients_.emplace_back(std::in_place, threads_[i], config_.sessions.copy());
        services_.push_back(Services{config_, system_clock(), cookie_, login_limit_of(threads_[i]), metrics_, *client,
                                     pages_ ? &*pages_ : nullptr});
    }
    watch();
    if (const auto link = config_.sessions.tls; link && link->expires())
        watch_certificate("internal", [link] { return link->expires().value_or(SystemTime{}); });
}

LoginLimit* App::login_limit_of(Loop& loop) {
    if (!address_limit_) return nullptr;
    auto& link = limit_links_.emplace_back();
    if (config_.login_redis) link.emplace(loop, config_.login_redis->copy());
    return &login_limits_.emplace_back(*config_.login_rate, *address_limit_, link, metrics_.limit_fallbacks());
}

App::~App() = default;

void App::watch() {
    registry_.read_gauge("ready", "1 if requests may be sent here", [this] { return reached_ && !draining_ ? 1 : 0; });
    registry_.read_gauge("connections_open", "Connections of clients",
                         [this] { return server_ ? static_cast<double>(server_->open_connections()) : 0; });
    registry_.read_counter("log_lines_dropped_total", "Lines that found the log's queue full",
                           [] { return static_cast<double>(log::dropped()); });
}

web::ServerOptions App::server_options() {
    web::ServerOptions options = config_.server;
    options.fixed_headers = security_headers(config_);
    options.tls = tls_;
    options.https_headers = https_headers();
    options.origin = [this](const web::Request& request) {
        const web::Origin origin = config_.proxies.origin_of(request);
        if (!origin.trusted_peer) tell_of_untrusted_proxy(request);
        return origin;
    };
    options.observe = [this](const web::Exchange& exchange) {
        metrics_.request(exchange);
        if (config_.access_log) log_access(exchange);
    };
    return options;
}

web::Handler App::admin_handler() {
    return web::admin_handler({[this] { return reached_ && !draining_; }, [this] { return registry_.render(); }});
}

bool App::load_tls() {
    if (!config_.tls) return true;
    tls_ = web::load_and_log(*config_.tls);
    if (!tls_) return false;
    watch_certificate("public", [this] { return tls_->expires(); });
    return true;
}

void App::watch_certificate(const char* link, std::function<SystemTime()> expires) {
    registry_.read_gauge("tls_certificate_expires_timestamp_seconds", "When the certificate stops being valid",
                         [expires = std::move(expires)] { return static_cast<double>(unix_seconds(expires())); },
                         {{"link", link}});
}

// SIGHUP. Connections and requests that are there keep what they began with.
void App::reload() {
    if (tls_) web::reload_and_log(*tls_, "public");
    if (config_.sessions.tls) web::reload_and_log(*config_.sessions.tls, "internal");
    if (!config_.sessions.credential_file.empty()) reload_credential();
}

void App::reload_credential() {
    const auto credential = session_client::read_credential_file(config_.sessions.credential_file);
    if (!credential) {
        log::failure("credential.reload_failed", credential.error());
        return;
    }
    threads_.on_each([&](Loop& loop) { clients_[loop.index]->use_credential(*credential); });
    log::info("credential.reloaded", {{"name", *crypto::credential_name(credential->view())}});
}

bool App::listen() {
    std::vector<web::Handler> handlers;
    handlers.reserve(services_.size());
    for (auto& services : services_) {
        handlers.emplace_back([&services](web::Request& request) { return handle(request, services); });
    }
    server_.emplace(threads_, server_options(), std::move(handlers));
    if (config_.redirect_listen) {
        web::ServerOptions options = config_.server;
        options.listen = {*config_.redirect_listen};
        options.fixed_headers = security_headers(config_);
        auto handler = redirect_handler(config_.origins.public_origin, config_.server.listen.front().port);
        redirect_.emplace(threads_, std::move(options), std::vector<web::Handler>(threads_.size(), handler));
    }

    web::ServerOptions admin;
    admin.listen = {config_.admin_listen};
    admin.connections = 64;
    admin.body_bytes = 1024;
    admin_.emplace(threads_, std::move(admin), std::vector<web::Handler>(threads_.size(), admin_handler()));

    for (web::Server* server : servers()) {
        const auto listening = server->listen();
        if (listening) continue;
        log::failure("service.cannot_listen", listening.error());
        return false;
    }
    return true;
}

std::vector<web::Server*> App::servers() {
    std::vector<web::Server*> all{&*server_, &*admin_};
    if (redirect_) all.push_back(&*redirect_);
    return all;
}

int App::run() {
    if (!load_tls() || !listen()) return 1;
    threads_.start();
    for (web::Server* server : servers()) server->start();
    threads_.on_each([this](Loop& loop) {
        if (loop.index == 0) loop.tasks.spawn("await_session_service", await_session_service());
    });
    for (const Endpoint& at : server_->endpoints()) {
        log::info("service.listening", {{"address", to_string(at)}, {"version", kVersion}});
    }
    for (const Endpoint& at : admin_->endpoints()) log::info("service.admin_listening", {{"address", to_string(at)}});

    const int number = wait_for_end([this] { reload(); });
    log::info("service.draining", {{"signal", std::int64_t{number}}});
    drain();
    log::info("service.stopped");
    return 0;
}

// Ready once the session service was fully connected; it stays so whatever happens to what all instances share.
Task<> App::await_session_service() {
    SteadyTimer pause(co_await own_executor());
    std::optional<std::string> told;
    auto wait = 5ms;
    while (!draining_) {
        session_client::Caller ourselves;
        auto health = co_await clients_.front()->health(ourselves, Deadline::after(1s));
        if (health && health->healthy()) {
            reached_ = true;
            log::info("service.ready");
            co_return;
        }
        // Again when the reason is another: it was not started yet, and now it does not like our certificate.
        const std::string reason = health ? "its stores" : health.error().detail;
        if (told != reason) {
            told = reason;
            log::warn("service.waiting",
                      {{"detail",
                        health ? "the session service has no database or session store yet" : advice(health.error())},
                       {"reason", health ? std::string_view{} : std::string_view(health.error().detail)}});
        }
        pause.expires_after(wait);
        co_await pause.async_wait(as_values);
        wait = std::min(2 * wait, 200ms);  // both may have been started together
    }
}

// Requests in flight end first, then what works in the background, then the clients, each on the loop that it lives on.
void App::drain() {
    draining_ = true;
    const bool drained = run_on(threads_[0], server_->drain(Deadline::after(config_.drain_timeout))).get();
    const auto by = Deadline::after(kLastWords);
    bool probes_ended = run_on(threads_[0], admin_->drain(by)).get();
    if (redirect_) probes_ended = run_on(threads_[0], redirect_->drain(by)).get() && probes_ended;
    if (!threads_.settle(by) || !drained || !probes_ended) {
        // Something still runs on the loops, and would be pulled the ground from under.
        log::warn("service.drain_incomplete",
                  {{"connections", static_cast<std::int64_t>(server_->open_connections())}});
        log::stop();
        std::_Exit(0);
    }
    threads_.on_each([this](Loop& loop) {
        clients_[loop.index].reset();
        if (!limit_links_.empty()) limit_links_[loop.index].reset();
    });
    threads_.stop();
    threads_.join();
}

}  // namespace gatehouse::gateway
