#include "gateway/guard/rate_limit.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "base/text.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t nanoseconds(std::chrono::seconds seconds) noexcept { return seconds.count() * kNanoseconds; }
std::chrono::seconds seconds_up(std::int64_t nanoseconds) noexcept {
    return std::chrono::seconds((std::max<std::int64_t>(nanoseconds, 0) + kNanoseconds - 1) / kNanoseconds);
}

}  // namespace

std::optional<RateQuota> parse_rate_quota(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos || text.size() < slash + 3) return std::nullopt;
    const auto count = parse_number<unsigned>(text.substr(0, slash));
    const auto amount = parse_number<unsigned>(text.substr(slash + 1, text.size() - slash - 2));
    if (!count || !amount || *count == 0 || *amount == 0) return std::nullopt;
    RateQuota quota;
    quota.count = *count;
    const char unit = text.back();
    const unsigned unit_seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
    quota.window = std::chrono::seconds(std::int64_t{*amount} * unit_seconds);
    if (quota.count > 1'000'000 || unit_seconds == 0 || quota.window > std::chrono::hours(24)) return std::nullopt;
    return quota;
}

AddressLimit::AddressLimit(RateQuota quota, std::size_t entries, const Clock& clock)
    : quota_(quota),
      interval_(nanoseconds(quota.window) / quota.count),
      burst_(interval_ * quota.count),
      clock_(clock),
      buckets_(std::max<std::size_t>(1, (entries + kWays - 1) / kWays)) {
    static_assert(crypto_shorthash_KEYBYTES == 16);
    randombytes_buf(hash_key_.data(), hash_key_.size());
}

RateDecision decide(const RateQuota& quota, bool allowed, std::chrono::nanoseconds used,
                    std::chrono::nanoseconds missing) noexcept {
    const std::int64_t interval = nanoseconds(quota.window) / quota.count;
    const std::int64_t burst = interval * quota.count;
    RateDecision decision;
    decision.allowed = allowed;
    decision.remaining = static_cast<unsigned>(std::max<std::int64_t>(0, burst - used.count()) / interval);
    decision.reset = seconds_up(used.count());
    if (!allowed) decision.retry_after = std::max(std::chrono::seconds(1), seconds_up(missing.count()));
    return decision;
}

boost::asio::ip::address limited_address(const boost::asio::ip::address& address) noexcept {
    if (address.is_v4()) return address;
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return boost::asio::ip::address_v6(bytes);
}

AddressLimit::Key AddressLimit::key_of(const boost::asio::ip::address& address) noexcept {
    Key key{};
    const auto limited = limited_address(address);
    key[0] = limited.is_v4() ? 4 : 6;
    if (limited.is_v4()) std::ranges::copy(limited.to_v4().to_bytes(), key.begin() + 1);
    if (limited.is_v6()) std::ranges::copy(limited.to_v6().to_bytes(), key.begin() + 1);
    return key;
}

AddressLimit::Bucket& AddressLimit::bucket_of(const Key& key) noexcept {
    std::uint64_t hash = 0;
    std::array<std::uint8_t, crypto_shorthash_BYTES> bytes{};
    crypto_shorthash(bytes.data(), key.data(), key.size(), hash_key_.data());
    std::memcpy(&hash, bytes.data(), sizeof hash);
    return buckets_[hash % buckets_.size()];
}

std::int64_t AddressLimit::now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.steady().time_since_epoch()).count();
}

RateDecision AddressLimit::take(const boost::asio::ip::address& address) {
    const Key key = key_of(address);
    const std::lock_guard lock(mutex_);
    const auto at = now();
    Bucket& bucket = bucket_of(key);
    auto entry = std::ranges::find(bucket, key, &Entry::key);
    if (entry == bucket.end()) {
        entry = std::ranges::min_element(bucket, {}, &Entry::arrival);
        *entry = Entry{key, 0};
    }
    const auto arrival = std::max(entry->arrival, at) + interval_;
    const bool allowed = arrival - at <= burst_;
    if (allowed) entry->arrival = arrival;
    const std::chrono::nanoseconds used(entry->arrival - at);
    const std::chrono::nanoseconds missing(arrival - at - burst_);
    return decide(quota_, allowed, used, missing);
}

void AddressLimit::refund(const boost::asio::ip::address& address) {
    const Key key = key_of(address);
    const std::lock_guard lock(mutex_);
    Bucket& bucket = bucket_of(key);
    const auto entry = std::ranges::find(bucket, key, &Entry::key);
    if (entry != bucket.end()) entry->arrival -= interval_;
}

std::string rate_limit_policy(const RateQuota& quota) {
    return fmt::format("\"login\";q={};w={}", quota.count, quota.window.count());
}

std::string rate_limit_state(const RateDecision& decision) {
    const auto wait = decision.allowed ? decision.reset : decision.retry_after;
    return fmt::format("\"login\";r={};t={}", decision.remaining, wait.count());
}

}  // namespace gatehouse::gateway
