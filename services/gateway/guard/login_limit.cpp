#include "gateway/guard/login_limit.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/once_per.hpp"

namespace gatehouse::gateway {
namespace {

// GCRA, as AddressLimit does it, in microseconds of Redis' clock. ARGV: interval, burst. {allowed, used or missing}.
const redis::Script kTake(R"(
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local used = arrival + interval - now
if used > burst then return {0, arrival - now, used - burst} end
redis.call('SET', KEYS[1], string.format('%.0f', arrival + interval), 'PX', math.ceil(used / 1000))
return {1, used, 0}
)");

// One interval back. ARGV: interval.
const redis::Script kRefund(R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrival = tonumber(redis.call('GET', KEYS[1]) or 0) - tonumber(ARGV[1])
if arrival <= now then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
return 1
)");

std::int64_t interval_of(const RateQuota& quota) {
    return std::chrono::microseconds(quota.window).count() / quota.count;
}

std::vector<std::string> key_of(const boost::asio::ip::address& address) {
    return {"gh:rate:login:" + limited_address(address).to_string()};
}

void tell_fallback(const Error& error) {
    static OncePer limit;
    const auto held_back = limit.pass();
    if (!held_back) return;
    log::failure("login.shared_limit_away", error, {{"held_back", *held_back}});
}

std::optional<RateDecision> decision_of(const redis::Reply& reply, const RateQuota& quota) {
    const auto is_number = [](const redis::Reply& one) { return one.is(redis::Reply::Kind::integer); };
    if (reply.elements.size() != 3 || !std::ranges::all_of(reply.elements, is_number)) return std::nullopt;
    const bool allowed = reply.elements[0].integer == 1;
    const std::chrono::microseconds used(reply.elements[1].integer);
    const std::chrono::microseconds missing(reply.elements[2].integer);
    auto decision = decide(quota, allowed, used, missing);
    decision.shared = true;
    return decision;
}

}  // namespace

RateQuota floor_of(RateQuota quota) noexcept {
    quota.count = std::max(1U, quota.count / 4);
    return quota;
}

Task<std::optional<RateDecision>> LoginLimit::ask(const boost::asio::ip::address& address, Deadline by) {
    const auto interval = interval_of(quota_);
    std::vector<std::string> arguments{std::to_string(interval), std::to_string(interval * quota_.count)};
    auto keys = key_of(address);
    const auto reply = co_await shared_->eval(kTake, std::move(keys), std::move(arguments), by);
    if (!reply) {
        tell_fallback(reply.error());
        co_return std::nullopt;
    }
    co_return decision_of(*reply, quota_);
}

Task<RateDecision> LoginLimit::take(boost::asio::ip::address address, Deadline by) {
    if (shared_) {
        const auto decision = co_await ask(address, by);
        if (decision) co_return *decision;
        fallbacks_.add();
    }
    co_return local_.take(address);
}

// Best effort: a quota that is not given back comes back by itself.
Task<> LoginLimit::refund(boost::asio::ip::address address, RateDecision taken, Deadline by) {
    if (!taken.shared) {
        local_.refund(address);
        co_return;
    }
    std::vector<std::string> arguments{std::to_string(interval_of(quota_))};
    auto keys = key_of(address);
    const auto reply = co_await shared_->eval(kRefund, std::move(keys), std::move(arguments), by);
    if (!reply) tell_fallback(reply.error());
}

}  // namespace gatehouse::gateway
