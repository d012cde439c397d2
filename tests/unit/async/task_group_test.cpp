#include "async/task_group.hpp"

#include <stdexcept>

#include "async/one_shot.hpp"
#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

Task<> wait_for(OneShot<int>& shot) { co_await shot.wait(Deadline::after(10s)); }

Task<> fail_with(std::string what) {
    throw std::runtime_error(what);
    co_return;
}

TEST_CASE("a group counts its tasks until each has ended") {
    Loop loop(0);
    OneShot<int> a(loop.wheel);
    OneShot<int> b(loop.wheel);
    loop.tasks.spawn("a", wait_for(a));
    loop.tasks.spawn("b", wait_for(b));
    CHECK(loop.tasks.size() == 2);
    test::turn_for(loop, 1ms);
    a.set(1);
    CHECK(test::turn_until(loop, [&] { return loop.tasks.size() == 1; }));
    b.set(1);
    CHECK(test::turn_until(loop, [&] { return loop.tasks.size() == 0; }));
}

TEST_CASE("a task that throws ends alone and is counted out") {
    Loop loop(0);
    OneShot<int> other(loop.wheel);
    loop.tasks.spawn("failing", fail_with("expected by a test"));
    loop.tasks.spawn("other", wait_for(other));
    CHECK(test::turn_until(loop, [&] { return loop.tasks.size() == 1; }));
    other.set(1);
    CHECK(test::turn_until(loop, [&] { return loop.tasks.size() == 0; }));
}

TEST_CASE("idle resolves when the last task has ended") {
    Loop loop(0);
    OneShot<int> shot(loop.wheel);
    TaskGroup group(loop.context);
    CHECK(test::run_task(loop, group.idle(Deadline::after(10s))));
    group.spawn("waiting", wait_for(shot));
    auto set_later = [&]() -> Task<> {
        OneShot<int> never(loop.wheel);
        co_await never.wait(Deadline::after(30ms));
        shot.set(1);
    };
    loop.tasks.spawn("setter", set_later());
    CHECK(test::run_task(loop, group.idle(Deadline::after(10s))));
    CHECK(group.size() == 0);
}

TEST_CASE("idle gives up at its deadline") {
    Loop loop(0);
    OneShot<int> shot(loop.wheel);
    loop.tasks.spawn("waiting", wait_for(shot));
    TaskGroup& group = loop.tasks;
    const auto asked = std::chrono::steady_clock::now();
    CHECK_FALSE(test::run_task(loop, group.idle(Deadline::after(50ms))));
    CHECK(std::chrono::steady_clock::now() - asked >= 50ms);
    CHECK(std::chrono::steady_clock::now() - asked < 2s);
    shot.set(1);
    CHECK(test::turn_until(loop, [&] { return group.size() == 0; }));
}

}  // namespace
}  // namespace gatehouse
