// What the gateway counts. Children are resolved once; the label values are closed sets.
#pragma once

#include <cstdint>

#include "metrics/registry.hpp"
#include "proto/error_code.hpp"
#include "web/server.hpp"

namespace gatehouse::gateway {

enum class CheckResult : std::uint8_t { active, inactive, refused_cookie, anonymous, unavailable };

class Metrics {
public:
    explicit Metrics(metrics::Registry& registry);

    void request(const web::Exchange& exchange) noexcept;  // every response, by route and status class
    void check(CheckResult result) noexcept;
    void signed_in() noexcept;
    void login_refused(proto::ErrorCode why) noexcept;
    void csrf_rejected() noexcept { csrf_rejected_.add(); }
    [[nodiscard]] metrics::Counter& limit_fallbacks() noexcept { return limit_fallbacks_; }

private:
    metrics::Family<metrics::Counter> requests_;
    metrics::Family<metrics::Histogram> durations_;
    metrics::Family<metrics::Counter> checks_;
    metrics::Family<metrics::Counter> logins_;
    metrics::Counter csrf_rejected_;
    metrics::Counter limit_fallbacks_;
};

}  // namespace gatehouse::gateway
