// A point in steady time by which an answer must be there. A value, passed down as the last argument of all I/O.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace gatehouse {

class Deadline {
public:
    explicit constexpr Deadline(SteadyTime at) noexcept : at_(at) {}

    [[nodiscard]] static Deadline after(std::chrono::milliseconds wait) {
        return Deadline(std::chrono::steady_clock::now() + wait);
    }

    // The earlier of this one and `wait` from now: a callee's own limit under its caller's.
    [[nodiscard]] Deadline within(std::chrono::milliseconds wait) const {
        return Deadline(std::min(at_, std::chrono::steady_clock::now() + wait));
    }

    [[nodiscard]] constexpr SteadyTime at() const noexcept { return at_; }

    // Never negative; rounded up, so that 0 means passed.
    [[nodiscard]] std::chrono::milliseconds remaining() const {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
        return std::max(left, std::chrono::milliseconds::zero());
    }

    [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at_; }

private:
    SteadyTime at_;
};

}  // namespace gatehouse
