#include "session/metrics.hpp"

#include <algorithm>

namespace gatehouse::session {
Metrics::Metrics()
    : sign_ins_(registry_.counters("logins_total", "Sign-ins by how they ended",
                                   {{"outcome",
                                     {"success", "invalid_credentials", "throttled", "invalid_request", "hashing_busy",
                                      "sessions_unavailable", "database_unavailable", "internal"}}})),
      sign_in_seconds_(registry_.histogram("login_duration_seconds", "Sign-ins that were verified, whole",
                                           metrics::latency_seconds())),
      introspections_(registry_.counters("introspections_total", "Tokens that were asked about, by the answer",
                                         {{"result", {"active", "inactive", "unavailable"}}})),
      touches_(registry_.counters("session_touches_total", "Extensions of idle time, off the request path",
                                  {{"result", {"extended", "ended", "failed", "dropped"}}})),
      revocations_(registry_.counter("sessions_revoked_total", "Sessions that were asked to end")),
      rehashes_(registry_.counter("password_rehashes_total", "Stored hashes that were replaced at sign-in")),
      rejected_callers_(registry_.counter("rejected_callers_total", "Requests without a credential that allows them")),
      requests_(registry_.counters(
          "requests_total", "Requests of the internal API",
          {{"route", {"login", "introspect", "revoke", "other"}}, {"status", {"2xx", "3xx", "4xx", "5xx"}}})),
      request_seconds_(registry_.histograms("request_duration_seconds", "From a request's first byte to its answer",
                                            {{"route", {"login", "introspect", "revoke", "other"}}},
                                            metrics::latency_seconds())) {}

void Metrics::sign_in(SignIn outcome, std::chrono::steady_clock::duration took) noexcept {
    sign_ins_.at(static_cast<std::size_t>(outcome)).add();
    if (outcome == SignIn::success || outcome == SignIn::invalid_credentials) sign_in_seconds_.observe(took);
}

void Metrics::request(Served what, int status, std::chrono::steady_clock::duration took) noexcept {
    const auto route = static_cast<std::size_t>(what);
    requests_.at({route, static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2)}).add();
    request_seconds_.at(route).observe(took);
}

SignIn sign_in_outcome(proto::ErrorCode code) noexcept {
    using proto::ErrorCode;
    switch (code) {
        case ErrorCode::invalid_credentials:
            return SignIn::invalid_credentials;
        case ErrorCode::rate_limit_exceeded:
            return SignIn::throttled;
        case ErrorCode::hashing_busy:
            return SignIn::hashing_busy;
        case ErrorCode::sessions_unavailable:
            return SignIn::sessions_unavailable;
        case ErrorCode::database_unavailable:
        case ErrorCode::service_unavailable:
            return SignIn::database_unavailable;
        case ErrorCode::invalid_request:
        case ErrorCode::missing_email:
        case ErrorCode::missing_password:
        case ErrorCode::invalid_email:
        case ErrorCode::invalid_password:
            return SignIn::invalid_request;
        case ErrorCode::internal_error:
        case ErrorCode::not_authenticated:
        case ErrorCode::csrf_rejected:
        case ErrorCode::forbidden:
        case ErrorCode::not_found:
        case ErrorCode::method_not_allowed:
        case ErrorCode::request_timeout:
        case ErrorCode::conflict:
        case ErrorCode::payload_too_large:
        case ErrorCode::unsupported_media_type:
        case ErrorCode::headers_too_large:
            return SignIn::internal;
    }
    return SignIn::internal;
}

}  // namespace gatehouse::session
