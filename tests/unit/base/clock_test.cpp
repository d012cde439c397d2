#include "base/clock.hpp"

#include "support/catch.hpp"

namespace gatehouse {

using namespace std::chrono_literals;

TEST_CASE("the machine's clock is now, and its steady time does not go back") {
    const auto before = std::chrono::system_clock::now();
    const auto now = system_clock().now();
    CHECK(now + 1ms > before);
    CHECK(now <= std::chrono::system_clock::now());
    const auto first = system_clock().steady();
    CHECK(system_clock().steady() >= first);
}

TEST_CASE("unix seconds round down, before 1970 too") {
    CHECK(unix_seconds(SystemTime(1999ms)) == 1);
    CHECK(unix_seconds(SystemTime(-1ms)) == -1);
    CHECK(unix_seconds(SystemTime(0ms)) == 0);
}

}  // namespace gatehouse
