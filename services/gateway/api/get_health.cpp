// For people and dashboards. Orchestrators ask /readyz: an outage that all instances share is no reason to restart
// them.
#include <tuple>

#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::chrono::seconds kCached{1};

// However asking ends, those who wait for it go on.
struct Asking {
    explicit Asking(CachedHealth& c) noexcept : cached(c) { cached.asking = true; }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() {
        cached.asking = false;
        for (const auto& one : cached.waiting) one->set(true);
        cached.waiting.clear();
    }
    CachedHealth& cached;
};

Task<> ask(const web::Request& request, Services& services, Deadline by) {
    auto& cached = services.cached_health;
    const Asking asking(cached);
    auto health = co_await services.sessions.health(caller_of(request), by);
    cached.health = health ? std::optional(*health) : std::nullopt;
    cached.until = services.clock.steady() + kCached;
}

Task<> refresh(const web::Request& request, Services& services) {
    auto& cached = services.cached_health;
    const auto by = request.deadline.within(services.config.check_timeout);
    if (!cached.asking) {
        co_await ask(request, services, by);
        co_return;
    }
    auto answered = std::make_shared<OneShot<bool>>(request.loop->wheel);
    cached.waiting.push_back(answered);
    std::ignore = co_await answered->wait(by);
}

}  // namespace

Task<ApiResult> get_health(const web::Request& request, Services& services) {
    if (services.clock.steady() >= services.cached_health.until) co_await refresh(request, services);
    // Not fresh even now: it was asked, and nothing came.
    const bool fresh = services.clock.steady() < services.cached_health.until;
    const auto health = fresh ? services.cached_health.health : std::nullopt;
    const bool healthy = health && health->healthy();
    proto::JsonWriter out;
    out.begin_object();
    out.text("status", healthy ? "healthy" : "unhealthy");
    out.text("database", health ? to_string(health->database) : "unknown");
    out.text("sessions", health ? to_string(health->sessions) : "unknown");
    out.text("session_service", health ? "connected" : "unavailable");
    out.end_object();
    co_return json(std::move(out).take(), healthy ? 200 : 503);
}

}  // namespace gatehouse::gateway
