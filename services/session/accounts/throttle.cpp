#include "session/accounts/throttle.hpp"

#include <algorithm>

namespace gatehouse::session {

AttemptState attempt_state(std::string_view text) noexcept {
    if (text == "pending") return AttemptState::pending;
    if (text == "success") return AttemptState::success;
    return AttemptState::failed;
}

Count count_attempts(std::span<const PastAttempt> newest_first, const ThrottleRule& rule) noexcept {
    using std::chrono::seconds;
    Count count;
    bool verdict_open = false;
    if (rule.limit == 0) count.retry_after = rule.window;
    for (const PastAttempt& past : newest_first) {
        if (past.state == AttemptState::success) break;
        if (past.age >= rule.window) continue;
        ++count.attempts;
        if (count.retry_after) continue;
        verdict_open = verdict_open || (past.state == AttemptState::pending && past.age <= kVerdictTime);
        if (count.attempts < rule.limit) continue;
        const auto left = std::chrono::ceil<seconds>(rule.window - past.age);
        count.retry_after = verdict_open ? seconds(1) : std::clamp(left, seconds(1), std::max(rule.window, seconds(1)));
    }
    return count;
}

}  // namespace gatehouse::session
