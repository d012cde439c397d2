#include "base/once_per_second.hpp"

#include "support/catch.hpp"

using gatehouse::OncePerSecond;

TEST_CASE("one passes, the others of that second are counted and told with the next") {
    OncePerSecond limit;
    CHECK(limit.pass() == 0);
    const auto begun = std::chrono::steady_clock::now();
    std::int64_t held_back = 0;
    std::optional<std::int64_t> next;
    while (!(next = limit.pass())) ++held_back;
    CHECK(std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(900));
    CHECK(held_back > 0);
    CHECK(next == held_back);
}
