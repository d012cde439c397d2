// Lets one log line in a time through and counts the others: an outage is told, not repeated for every request.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace gatehouse {

class OncePer {
public:
    constexpr explicit OncePer(std::chrono::seconds every = std::chrono::seconds(1)) noexcept
        : every_(std::chrono::steady_clock::duration(every).count()) {}

    // How many were held back since the last one that passed; empty: hold this one back too. Thread-safe.
    std::optional<std::int64_t> pass() noexcept {
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        auto next = next_.load(std::memory_order_relaxed);
        if (now < next || !next_.compare_exchange_strong(next, now + every_)) {
            held_back_.fetch_add(1, std::memory_order_relaxed);
            return std::nullopt;
        }
        return held_back_.exchange(0, std::memory_order_relaxed);
    }

private:
    using Ticks = std::chrono::steady_clock::rep;
    const Ticks every_;
    std::atomic<Ticks> next_{0};
    std::atomic<std::int64_t> held_back_{0};
};

}  // namespace gatehouse
