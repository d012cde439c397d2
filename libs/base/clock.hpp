// Time, as a value that tests can set. Wall time fills what people read; steady time decides what has expired.
#pragma once

#include <chrono>

namespace gatehouse {

using SystemTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// Both readings are thread-safe. The two implementations: system_clock() and tests/support's FakeClock.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SystemTime now() const = 0;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
};

// The machine's clocks; lives as long as the process.
[[nodiscard]] const Clock& system_clock() noexcept;

// Whole seconds since 1970, as RFC 7662 and RFC 7519 write times.
[[nodiscard]] constexpr long long unix_seconds(SystemTime at) noexcept {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace gatehouse
