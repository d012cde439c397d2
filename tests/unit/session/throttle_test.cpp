#include "session/accounts/throttle.hpp"

#include <chrono>
#include <optional>
#include <vector>

#include "support/catch.hpp"

using namespace gatehouse::session;
using namespace std::chrono_literals;

namespace {

constexpr ThrottleRule kThreeInTenMinutes{3, 10min};

PastAttempt failed(std::chrono::milliseconds age) { return {AttemptState::failed, age}; }
PastAttempt pending(std::chrono::milliseconds age) { return {AttemptState::pending, age}; }
PastAttempt success(std::chrono::milliseconds age) { return {AttemptState::success, age}; }

struct Case {
    const char* name;
    std::vector<PastAttempt> newest_first;
    std::optional<std::chrono::seconds> retry_after;
};

}  // namespace

TEST_CASE("the throttle counts failed and pending attempts of the window down to the last success") {
    const Case cases[] = {
        {"nothing yet", {}, std::nullopt},
        {"one below the limit", {failed(1s), failed(2s)}, std::nullopt},
        {"at the limit: until the third newest is out", {failed(1s), failed(2s), failed(100s)}, 500s},
        {"older ones beyond the limit do not prolong it", {failed(1s), failed(2s), failed(100s), failed(200s)}, 500s},
        {"part of a second is rounded up", {failed(1s), failed(2s), failed(100001ms)}, 500s},
        {"a whole second is not", {failed(1s), failed(2s), failed(101s)}, 499s},
        {"the last millisecond of the window counts", {failed(1s), failed(2s), failed(599999ms)}, 1s},
        {"the end of the window does not", {failed(1s), failed(2s), failed(600s)}, std::nullopt},
        {"a success hides what was before it",
         {failed(1s), success(2s), failed(3s), failed(4s), failed(5s)},
         std::nullopt},
        {"what came after the success counts", {failed(1s), failed(2s), failed(3s), success(4s)}, 597s},
        {"a pending one counts, and its verdict is near", {pending(1s), failed(2s), failed(3s)}, 1s},
        {"all pending", {pending(1ms), pending(1ms), pending(1ms)}, 1s},
        {"pending for 60 s is still pending", {failed(1s), failed(2s), pending(60s)}, 1s},
        {"pending for longer is a failure", {failed(1s), failed(2s), pending(60001ms)}, 540s},
        {"a pending one beyond the limit does not matter", {failed(1s), failed(2s), failed(3s), pending(4s)}, 597s},
        {"a clock that was set back waits a window at most", {failed(-1h), failed(-1h), failed(-1h)}, 600s},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK((count_attempts(c.newest_first, kThreeInTenMinutes).retry_after == c.retry_after));
    }
}

TEST_CASE("a limit of none refuses everybody") {
    CHECK((count_attempts({}, ThrottleRule{0, 10min}).retry_after == std::optional<std::chrono::seconds>(10min)));
}

TEST_CASE("a state that nobody wrote counts as a failure") {
    CHECK(attempt_state("pending") == AttemptState::pending);
    CHECK(attempt_state("success") == AttemptState::success);
    CHECK(attempt_state("failed") == AttemptState::failed);
    CHECK(attempt_state("") == AttemptState::failed);
    CHECK(attempt_state("SUCCESS") == AttemptState::failed);
}
