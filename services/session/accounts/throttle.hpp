// Whether one more sign-in may be tried: the rule that both databases share (DESIGN.md, "Sign-in, exactly").
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "session/accounts/account.hpp"

namespace gatehouse::session {

enum class AttemptState : std::uint8_t { pending, success, failed };

// As login_attempts holds it; a text that is none of ours counts as a failure.
[[nodiscard]] AttemptState attempt_state(std::string_view text) noexcept;

// A verdict that is not there after this long will not come: its process died. The attempt was a failure.
inline constexpr std::chrono::seconds kVerdictTime{60};

struct PastAttempt {
    AttemptState state;
    std::chrono::milliseconds age;  // by the database's clock; negative after it was set back
};

struct Count {
    unsigned attempts = 0;                            // counted ones among those given
    std::optional<std::chrono::seconds> retry_after;  // present: refuse
};

// Counts the failed and pending attempts in the window, down to the last success. `newest_first` are the newest
// attempts of one address; rule.limit of them are enough. At the limit: retry_after is 1 if one of the newest
// rule.limit counted ones is pending (its verdict may be a success any moment), else what is left until the oldest of
// them leaves the window, rounded up, at least 1 and at most the window.
[[nodiscard]] Count count_attempts(std::span<const PastAttempt> newest_first, const ThrottleRule& rule) noexcept;

}  // namespace gatehouse::session
