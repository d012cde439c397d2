// How many sign-ins one address may try: GCRA (the generic cell rate algorithm, ITU-T I.371) over a table of fixed
// size.
//
// Each address may use its whole quota at once, and gets it back evenly over the window. Memory is bounded: a table of
// 8-way buckets, keyed with a random key so that nobody can aim at a bucket; a full bucket forgets the address that is
// nearest to having its quota back. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.hpp"

namespace gatehouse::gateway {

struct RateQuota {
    unsigned count = 60;
    std::chrono::seconds window{60};
};
// "60/1m", "10/30s", "100/1h". Empty: not of that form, or beyond 1 … 1 000 000 in 1 s … 24 h.
[[nodiscard]] std::optional<RateQuota> parse_rate_quota(std::string_view text);

struct RateDecision {
    bool allowed = true;
    unsigned remaining = 0;               // of the quota, after this one
    std::chrono::seconds retry_after{0};  // if refused: at least 1
    std::chrono::seconds reset{0};        // until the whole quota is back
    bool shared = false;                  // all gateways decided it together, not this one alone
};

// What GCRA's figures say: `used` of the quota's window after the decision; `missing`: how long until one is free.
[[nodiscard]] RateDecision decide(const RateQuota& quota, bool allowed, std::chrono::nanoseconds used,
                                  std::chrono::nanoseconds missing) noexcept;

// Who is counted: an IPv4 address, or an IPv6 /64, as its first address: one subscriber has all of it.
[[nodiscard]] boost::asio::ip::address limited_address(const boost::asio::ip::address& address) noexcept;

class AddressLimit {
public:
    // `entries`: addresses remembered at most, rounded up to whole buckets.
    AddressLimit(RateQuota quota, std::size_t entries, const Clock& clock);

    // Takes one of the address's quota, if there is one left.
    RateDecision take(const boost::asio::ip::address& address);
    // Gives one back: a sign-in that succeeded costs nothing.
    void refund(const boost::asio::ip::address& address);

private:
    using Key = std::array<std::uint8_t, 17>;  // family, then 16 bytes
    struct Entry {
        Key key{};
        std::int64_t arrival = 0;  // GCRA's theoretical arrival time, nanoseconds; 0: free
    };
    static constexpr std::size_t kWays = 8;
    using Bucket = std::array<Entry, kWays>;

    [[nodiscard]] static Key key_of(const boost::asio::ip::address& address) noexcept;
    [[nodiscard]] Bucket& bucket_of(const Key& key) noexcept;
    [[nodiscard]] std::int64_t now() const;

    const RateQuota quota_;
    const std::int64_t interval_;  // nanoseconds for one of the quota to come back
    const std::int64_t burst_;     // interval_ * count
    const Clock& clock_;
    std::array<std::uint8_t, 16> hash_key_{};
    std::mutex mutex_;  // held for a hash and eight comparisons, on sign-ins only
    std::vector<Bucket> buckets_;
};

// "\"login\";q=60;w=60" and "\"login\";r=59;t=1": RateLimit-Policy and RateLimit as
// draft-ietf-httpapi-ratelimit-headers-10 writes them.
[[nodiscard]] std::string rate_limit_policy(const RateQuota& quota);
[[nodiscard]] std::string rate_limit_state(const RateDecision& decision);

}  // namespace gatehouse::gateway
