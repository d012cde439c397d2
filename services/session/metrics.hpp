// What the session service counts. Made by app.cpp before the threads start; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "metrics/registry.hpp"
#include "proto/error_code.hpp"

namespace gatehouse::session {

enum class SignIn : std::uint8_t {
    success,
    invalid_credentials,
    throttled,
    invalid_request,
    hashing_busy,
    sessions_unavailable,
    database_unavailable,
    internal,
};
enum class Introspection : std::uint8_t { active, inactive, unavailable };
enum class Touched : std::uint8_t { extended, ended, failed, dropped };
enum class Served : std::uint8_t { login, introspect, revoke, other };

class Metrics {
public:
    Metrics();

    void sign_in(SignIn outcome, std::chrono::steady_clock::duration took) noexcept;
    void introspection(Introspection result) noexcept { introspections_.at(static_cast<std::size_t>(result)).add(); }
    void touched(Touched result) noexcept { touches_.at(static_cast<std::size_t>(result)).add(); }
    void revoked(std::uint64_t sessions) noexcept { revocations_.add(sessions); }
    void rehashed() noexcept { rehashes_.add(); }
    void rejected_caller() noexcept { rejected_callers_.add(); }
    void request(Served what, int status, std::chrono::steady_clock::duration took) noexcept;

    // For what others keep: pools, stores (registry().read_gauge).
    [[nodiscard]] metrics::Registry& registry() noexcept { return registry_; }

private:
    metrics::Registry registry_;
    metrics::Family<metrics::Counter> sign_ins_;
    metrics::Histogram sign_in_seconds_;
    metrics::Family<metrics::Counter> introspections_;
    metrics::Family<metrics::Counter> touches_;
    metrics::Counter revocations_;
    metrics::Counter rehashes_;
    metrics::Counter rejected_callers_;
    metrics::Family<metrics::Counter> requests_;
    metrics::Family<metrics::Histogram> request_seconds_;
};

// How a sign-in that was refused is counted.
[[nodiscard]] SignIn sign_in_outcome(proto::ErrorCode code) noexcept;

}  // namespace gatehouse::session
