#include "async/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/run_task.hpp"

using namespace gatehouse;
using gatehouse::test::run_task;

namespace {

Task<int> number(int value) { co_return value; }
Task<> failing() {
    throw std::runtime_error("broken");
    co_return;
}
Task<long> sum(int count) {
    long total = 0;
    for (int i = 0; i < count; ++i) total += co_await number(i);
    co_return total;
}
Task<int> nested(int depth) {
    if (depth == 0) co_return 0;
    const int inner = co_await nested(depth - 1);
    co_return inner + 1;
}
Task<std::string> caught() {
    try {
        co_await failing();
    } catch (const std::runtime_error& e) {
        co_return e.what();
    }
    co_return "";
}

// Tells when a coroutine's locals and parameters go.
using Alive = std::shared_ptr<int>;
Task<> sleep_deeply(Loop& loop, Alive held, int depth) {
    const Alive local = held;
    if (depth > 0) {
        co_await sleep_deeply(loop, held, depth - 1);
    } else {
        SteadyTimer timer(loop.context.get_executor(), std::chrono::hours(1));
        co_await timer.async_wait(as_values);
    }
}
Task<> set(bool& begun) {
    begun = true;
    co_return;
}

}  // namespace

TEST_CASE("a million awaits of what is ready need no stack") {
    Loop loop{0};
    CHECK(run_task(loop, sum(1'000'000)) == 499'999'500'000);
    CHECK(run_task(loop, nested(10'000)) == 10'000);
}

TEST_CASE("an exception arrives where the task is awaited, and at last with who spawned it") {
    Loop loop{0};
    CHECK(run_task(loop, caught()) == "broken");
    CHECK_THROWS_AS(run_task(loop, failing()), std::runtime_error);
}

TEST_CASE("a task that is never awaited never runs") {
    bool begun = false;
    {
        const auto unused = set(begun);
    }
    CHECK_FALSE(begun);
}

TEST_CASE("from its loop's thread a task is spawned at once, from another one later") {
    Loop loop{0};
    bool begun = false;
    const auto ignore = [](const std::exception_ptr&) {};
    spawn(loop.context.get_executor(), set(begun), ignore);
    CHECK_FALSE(begun);  // the loop does not run
    loop.context.poll();
    CHECK(begun);
    begun = false;
    bool at_once = false;
    asio::post(loop.context, [&] {
        spawn(loop.context.get_executor(), set(begun), ignore);
        at_once = begun;
    });
    loop.context.restart();
    loop.context.poll();
    CHECK(at_once);
}

TEST_CASE("tasks that wait when their loop goes are destroyed, whatever they hold") {
    const auto alive = std::make_shared<int>(1);
    bool told = false;
    {
        Loop loop{0};
        spawn(loop.context.get_executor(), sleep_deeply(loop, alive, 5),
              [&](const std::exception_ptr&) { told = true; });
        loop.context.poll();
        CHECK(alive.use_count() == 13);  // six frames, each with its parameter and its local
    }
    CHECK(alive.use_count() == 1);
    CHECK_FALSE(told);
}

TEST_CASE("what a task held is gone before its end is told") {
    Loop loop{0};
    const auto alive = std::make_shared<int>(1);
    long held_at_end = 0;
    auto hold = []([[maybe_unused]] Alive held) -> Task<> { co_return; };
    spawn(loop.context.get_executor(), hold(alive),
          [&](const std::exception_ptr&) { held_at_end = alive.use_count(); });
    loop.context.poll();
    CHECK(held_at_end == 1);
}
