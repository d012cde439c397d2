#include "async/one_shot.hpp"

#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a value that is set before the wait is returned at once") {
    Loop loop(0);
    OneShot<std::string> shot(loop.wheel);
    shot.set("early");
    CHECK(test::run_task(loop, shot.wait(Deadline::after(10s))) == "early");
    CHECK(shot.closed());
}

TEST_CASE("a value that is set during the wait resumes the waiter from the loop, not inside set()") {
    Loop loop(0);
    OneShot<std::unique_ptr<int>> shot(loop.wheel);
    std::unique_ptr<int> got;
    auto waiter = [&]() -> Task<> {
        auto value = co_await shot.wait(Deadline::after(10s));
        got = std::move(value.value());
    };
    loop.tasks.spawn("waiter", waiter());
    test::turn_for(loop, 1ms);
    shot.set(std::make_unique<int>(7));
    CHECK_FALSE(got);
    REQUIRE(test::turn_until(loop, [&] { return got != nullptr; }));
    CHECK(*got == 7);
    CHECK(test::turn_until(loop, [&] { return loop.tasks.size() == 0; }));
}

TEST_CASE("the deadline ends the wait, and what is set later is dropped") {
    Loop loop(0);
    OneShot<int> shot(loop.wheel);
    const auto asked = std::chrono::steady_clock::now();
    CHECK_FALSE(test::run_task(loop, shot.wait(Deadline::after(50ms))).has_value());
    const auto took = std::chrono::steady_clock::now() - asked;
    CHECK(took >= 50ms);
    CHECK(took < 1s);
    CHECK(shot.closed());
    shot.set(1);
    CHECK_FALSE(test::run_task(loop, shot.wait(Deadline::after(10s))).has_value());
}

TEST_CASE("the first of two values counts") {
    Loop loop(0);
    OneShot<int> shot(loop.wheel);
    shot.set(1);
    shot.set(2);
    CHECK(test::run_task(loop, shot.wait(Deadline::after(10s))) == 1);
}

TEST_CASE("a value set in the last moment is not lost to the time-out behind it") {
    Loop loop(0);
    OneShot<int> shot(loop.wheel);
    std::optional<int> got;
    auto waiter = [&]() -> Task<> { got = co_await shot.wait(Deadline::after(10ms)); };
    loop.tasks.spawn("waiter", waiter());
    test::turn_for(loop, 1ms);
    shot.set(3);
    std::this_thread::sleep_for(40ms);  // the time-out is due before the waiter was resumed
    REQUIRE(test::turn_until(loop, [&] { return loop.tasks.size() == 0; }));
    CHECK(got == 3);
}

TEST_CASE("an answered wait leaves nothing armed that could fire later") {
    Loop loop(0);
    {
        OneShot<int> shot(loop.wheel);
        auto setter = [&]() -> Task<> {
            shot.set(1);
            co_return;
        };
        auto waiter = [&]() -> Task<std::optional<int>> {
            loop.tasks.spawn("setter", setter());
            auto value = co_await shot.wait(Deadline::after(30ms));
            co_return value;
        };
        CHECK(test::run_task(loop, waiter()) == 1);
    }
    test::turn_for(loop, 60ms);  // ASan sees a timer that fires into the freed object
}

TEST_CASE("a loop that goes takes with it what still waits, the waiter's own locals included") {
    auto held = std::make_shared<int>(1);
    {
        Loop loop(0);
        auto waiter = [](Loop& on, std::shared_ptr<int> local) -> Task<> {
            OneShot<int> shot(on.wheel);
            co_await shot.wait(Deadline::after(1h));
            *local = 2;
        };
        loop.tasks.spawn("waiter", waiter(loop, held));
        test::turn_for(loop, 1ms);
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
    CHECK(*held == 1);
}

}  // namespace
}  // namespace gatehouse
