#include "base/once_per.hpp"

#include <thread>

#include "support/catch.hpp"

using gatehouse::OncePer;

TEST_CASE("one passes, the others of that second are counted and told with the next") {
    OncePer limit;
    CHECK(limit.pass() == 0);
    const auto begun = std::chrono::steady_clock::now();
    std::int64_t held_back = 0;
    std::optional<std::int64_t> next;
    while (!(next = limit.pass())) ++held_back;
    CHECK(std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(900));
    CHECK(held_back > 0);
    CHECK(next == held_back);
}

TEST_CASE("another time than a second can be asked for") {
    OncePer limit(std::chrono::minutes(1));
    CHECK(limit.pass() == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK_FALSE(limit.pass());
}
