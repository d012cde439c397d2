// A clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.hpp"

namespace gatehouse::test {

// Thread-safe. Starts at a fixed moment (2026-01-01 00:00 UTC), so that no test depends on the day it runs.
class FakeClock final : public Clock {
public:
    [[nodiscard]] SystemTime now() const override {
        return std::chrono::sys_days(std::chrono::January / 1 / 2026) + elapsed();
    }
    [[nodiscard]] SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1) + elapsed()); }

    // Both clocks go on by `step`.
    void advance(std::chrono::milliseconds step) { elapsed_ += step.count(); }

private:
    [[nodiscard]] std::chrono::milliseconds elapsed() const { return std::chrono::milliseconds(elapsed_.load()); }
    std::atomic<std::chrono::milliseconds::rep> elapsed_{0};
};

}  // namespace gatehouse::test
