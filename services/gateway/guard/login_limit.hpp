// The limit on sign-ins per address: of this gateway alone, or of all gateways together, through Redis.
//
// Redis decides in one atomic step, by its own clock; each key has a TTL. While it cannot answer, this gateway limits
// by itself, to a quarter of the quota: somebody who makes Redis unreachable must not gain by it. One per I/O loop.
#pragma once

#include <optional>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "gateway/guard/rate_limit.hpp"
#include "metrics/registry.hpp"
#include "redis/client.hpp"

namespace gatehouse::gateway {

// What this gateway may let through by itself while the others are not heard.
[[nodiscard]] RateQuota floor_of(RateQuota quota) noexcept;

class LoginLimit {
public:
    // `local` limits by itself: with the quota, or with floor_of(quota) beside `shared`. `fallbacks` counts decisions
    // that Redis should have made. All three outlive it.
    LoginLimit(RateQuota quota, AddressLimit& local, std::optional<redis::Client>& shared, metrics::Counter& fallbacks)
        : quota_(quota), local_(local), shared_(shared), fallbacks_(fallbacks) {}

    // Takes one of the address's quota, if there is one left.
    Task<RateDecision> take(boost::asio::ip::address address, Deadline by);
    // Gives back what `taken` took: a sign-in that succeeded costs nothing.
    Task<> refund(boost::asio::ip::address address, RateDecision taken, Deadline by);

    [[nodiscard]] const RateQuota& quota() const noexcept { return quota_; }

private:
    Task<std::optional<RateDecision>> ask(const boost::asio::ip::address& address, Deadline by);

    const RateQuota quota_;
    AddressLimit& local_;
    std::optional<redis::Client>& shared_;
    metrics::Counter& fallbacks_;
};

}  // namespace gatehouse::gateway
