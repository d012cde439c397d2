#include "gateway/metrics.hpp"

#include <algorithm>
#include <array>

#include "gateway/api/api.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::array<std::string_view, 10> kRoutes{"/",
                                                   "/health",
                                                   "/auth/login",
                                                   "/auth/logout",
                                                   "/auth/check",
                                                   "/api/authz/auth-request",
                                                   "/api/authz/forward-auth",
                                                   "/api/authz/ext-authz",
                                                   "/login",
                                                   "/account"};

// Past the last: "other".
std::size_t route_of(std::string_view path) noexcept {
    return static_cast<std::size_t>(std::ranges::find(kRoutes, path) - kRoutes.begin());
}
std::size_t status_class(int status) noexcept { return static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2); }

metrics::Label route_label() {
    metrics::Label label{"route", {}};
    for (const auto route : kRoutes) label.values.emplace_back(route);
    label.values.emplace_back("other");
    return label;
}

// Sign-ins end in one of few ways; codes outside them are our own faults.
enum class LoginOutcome : std::uint8_t { success, invalid_credentials, throttled, malformed, cross_site, unavailable };

LoginOutcome outcome_of(proto::ErrorCode code) noexcept {
    switch (proto::info(code).status) {
        case 400:
        case 415:
            return LoginOutcome::malformed;
        case 401:
            return LoginOutcome::invalid_credentials;
        case 403:
            return LoginOutcome::cross_site;
        case 429:
            return LoginOutcome::throttled;
        default:
            return LoginOutcome::unavailable;
    }
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : requests_(registry.counters("http_requests_total", "Requests answered, by route and class of status",
                                  {route_label(), {"status", {"2xx", "3xx", "4xx", "5xx"}}})),
      durations_(registry.histograms("http_request_duration_seconds", "From a request's first byte to its answer",
                                     {route_label()}, metrics::latency_seconds())),
      checks_(registry.counters("checks_total", "Answers to: who is this?",
                                {{"result", {"active", "inactive", "refused_cookie", "anonymous", "unavailable"}}})),
      logins_(registry.counters(
          "logins_total", "Sign-ins by outcome",
          {{"outcome", {"success", "invalid_credentials", "throttled", "malformed", "cross_site", "unavailable"}}})),
      csrf_rejected_(registry.counter("csrf_rejected_total", "Requests refused as another site's doing")),
      limit_fallbacks_(registry.counter("login_limit_fallbacks_total",
                                        "Sign-ins limited by this gateway alone, as Redis did not answer")) {}

void Metrics::request(const web::Exchange& exchange) noexcept {
    const auto route = route_of(own_path(exchange.request.path));
    requests_.at({route, status_class(exchange.status)}).add();
    durations_.at(route).observe(exchange.duration);
}

void Metrics::check(CheckResult result) noexcept { checks_.at(static_cast<std::size_t>(result)).add(); }
void Metrics::signed_in() noexcept { logins_.at(static_cast<std::size_t>(LoginOutcome::success)).add(); }
void Metrics::login_refused(proto::ErrorCode why) noexcept {
    logins_.at(static_cast<std::size_t>(outcome_of(why))).add();
}

}  // namespace gatehouse::gateway
