// For people and dashboards. Orchestrators ask /readyz: an outage that all instances share is no reason to restart
// them.
#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::chrono::seconds kCached{1};

Task<> refresh(const web::Request& request, Services& services) {
    const auto by = request.deadline.within(services.config.check_timeout);
    auto health = co_await services.sessions.health(caller_of(request), by);
    services.cached_health.health = health ? std::optional(*health) : std::nullopt;
    services.cached_health.until = services.clock.steady() + kCached;
}

}  // namespace

Task<ApiResult> get_health(const web::Request& request, Services& services) {
    if (services.clock.steady() >= services.cached_health.until) co_await refresh(request, services);
    const auto& health = services.cached_health.health;
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
