#include "base/deadline.hpp"

#include "support/catch.hpp"

namespace gatehouse {

using namespace std::chrono_literals;

TEST_CASE("a deadline's rest is never negative, and 0 means passed") {
    const Deadline past(std::chrono::steady_clock::now() - 1h);
    CHECK(past.passed());
    CHECK(past.remaining() == 0ms);
    const auto soon = Deadline::after(1h);
    CHECK_FALSE(soon.passed());
    CHECK(soon.remaining() > 59min);
    CHECK(soon.remaining() <= 1h);
}

TEST_CASE("a callee's own limit never outlasts its caller's") {
    const auto caller = Deadline::after(1min);
    CHECK(caller.within(1h).at() == caller.at());
    CHECK(caller.within(1s).at() < caller.at());
    CHECK(caller.within(1s).remaining() <= 1s);
}

}  // namespace gatehouse
