#include "async/blocking_pool.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/run_task.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;
using Limits = BlockingPool::Limits;
using Weight = BlockingPool::Weight;
using Answer = std::shared_ptr<std::optional<Result<int>>>;

constexpr Limits kOneThread{.threads = 1, .queue = 1, .wait = 10s};

Deadline soon() { return Deadline::after(10s); }

// A job that runs until open() was called.
class Door {
public:
    void open() { promise_.set_value(); }
    auto job(int value) {
        return [this, value]() -> Result<int> {
            begun_.fetch_add(1);
            opened_.wait();
            return value;
        };
    }
    [[nodiscard]] int begun() const { return begun_.load(); }

private:
    std::promise<void> promise_;
    std::shared_future<void> opened_ = promise_.get_future().share();
    std::atomic<int> begun_{0};
};

Task<> keep(Task<Result<int>> task, Answer to) {
    auto result = co_await std::move(task);
    *to = std::move(result);
}

// Begins `task` on the loop; the answer is there when turn_until() has let it end.
Answer start(Loop& loop, Task<Result<int>> task) {
    auto answer = std::make_shared<std::optional<Result<int>>>();
    loop.tasks.spawn("test", keep(std::move(task), answer));
    test::turn_for(loop, 1ms);
    return answer;
}

Errc code_of(const Answer& answer) { return answer->value().error().code; }

TEST_CASE("a job runs on a thread of the pool and its caller resumes on its own loop") {
    Loop loop(0);
    BlockingPool pool(kOneThread);
    std::thread::id worked_on;
    std::thread::id resumed_on;
    auto body = [&]() -> Task<int> {
        auto job = [&]() -> Result<int> {
            worked_on = std::this_thread::get_id();
            return 42;
        };
        auto result = co_await pool.run(std::move(job), soon());
        resumed_on = std::this_thread::get_id();
        co_return result.value();
    };
    CHECK(test::run_task(loop, body()) == 42);
    CHECK(resumed_on == std::this_thread::get_id());
    CHECK(worked_on != std::thread::id());
    CHECK(worked_on != resumed_on);
}

TEST_CASE("a job's failure is its caller's, and one that throws is internal") {
    Loop loop(0);
    BlockingPool pool(kOneThread);
    auto failing = []() -> Result<int> { return fail(Errc::conflict, "because"); };
    auto throwing = []() -> Result<int> { throw std::runtime_error("oops"); };
    CHECK(test::run_task(loop, pool.run(failing, soon())).error().code == Errc::conflict);
    const auto thrown = test::run_task(loop, pool.run(throwing, soon()));
    CHECK(thrown.error().code == Errc::internal);
    CHECK(thrown.error().detail == "a blocking job threw: oops");
    auto next = []() -> Result<int> { return 1; };
    CHECK(test::run_task(loop, pool.run(next, soon())).value() == 1);
}

TEST_CASE("a full queue refuses at once, and takes again when a job has ended") {
    Loop loop(0);
    BlockingPool pool(kOneThread);
    Door door;
    auto running = start(loop, pool.run(door.job(1), soon()));
    auto waiting = start(loop, pool.run(door.job(2), soon()));
    const auto asked = std::chrono::steady_clock::now();
    auto refused = test::run_task(loop, pool.run(door.job(3), soon()));
    CHECK(refused.error().code == Errc::overloaded);
    CHECK(std::chrono::steady_clock::now() - asked < 5s);  // a place is waited for for ten
    CHECK_FALSE(pool.admit());
    CHECK(test::turn_until(loop, [&] { return door.begun() == 1; }));
    CHECK(pool.running() == 1);
    CHECK(pool.queued() == 1);
    door.open();
    REQUIRE(test::turn_until(loop, [&] { return running->has_value() && waiting->has_value(); }));
    CHECK(running->value().value() == 1);
    CHECK(waiting->value().value() == 2);
    CHECK(door.begun() == 2);
    CHECK(pool.admit());
}

TEST_CASE("there are as many tickets as threads and places in the queue") {
    BlockingPool pool({.threads = 2, .queue = 3, .wait = 1s});
    std::vector<BlockingPool::Ticket> held;
    while (auto ticket = pool.admit()) held.push_back(std::move(*ticket));
    CHECK(held.size() == 5);
    held.pop_back();
    CHECK(pool.admit());
    CHECK(pool.admit());  // the one before was given back at once
    auto last = pool.admit();
    CHECK(last);
    CHECK_FALSE(pool.admit());
}

TEST_CASE("a job under a ticket runs although no other place is free, and the ticket stays the caller's") {
    Loop loop(0);
    BlockingPool pool({.threads = 1, .queue = 0, .wait = 1s});
    auto ticket = pool.admit();
    REQUIRE(ticket);
    for (int i = 0; i < 3; ++i) {
        auto job = [i]() -> Result<int> { return i; };
        CHECK(test::run_task(loop, pool.run(*ticket, job, soon())).value() == i);
        CHECK_FALSE(pool.admit());
    }
    ticket.reset();
    CHECK(pool.admit());
}

TEST_CASE("a job that has waited too long is not begun") {
    Loop loop(0);
    BlockingPool pool({.threads = 1, .queue = 4, .wait = 20ms});
    Door door;
    auto running = start(loop, pool.run(door.job(1), soon()));
    REQUIRE(test::turn_until(loop, [&] { return door.begun() == 1; }));
    auto waiting = start(loop, pool.run(door.job(2), soon()));
    test::turn_for(loop, 40ms);
    door.open();
    REQUIRE(test::turn_until(loop, [&] { return running->has_value() && waiting->has_value(); }));
    CHECK(running->value().value() == 1);
    CHECK(code_of(waiting) == Errc::overloaded);
    CHECK(door.begun() == 1);
}

TEST_CASE("the deadline answers while the job still runs, and the job keeps its place until it has ended") {
    Loop loop(0);
    BlockingPool pool({.threads = 1, .queue = 0, .wait = 1s});
    Door door;
    auto ticket = pool.admit();
    REQUIRE(ticket);
    const auto asked = std::chrono::steady_clock::now();
    auto late = test::run_task(loop, pool.run(*ticket, door.job(1), Deadline::after(50ms)));
    const auto took = std::chrono::steady_clock::now() - asked;
    CHECK(late.error().code == Errc::timeout);
    CHECK(took >= 50ms);
    CHECK(took < 2s);
    ticket.reset();  // its caller has gone …
    CHECK_FALSE(pool.admit());
    door.open();  // … and now the job has
    CHECK(test::turn_until(loop, [&] { return pool.admit().has_value(); }));
}

TEST_CASE("a job whose caller has gone before it began is never begun") {
    Loop loop(0);
    BlockingPool pool(kOneThread);
    Door door;
    auto running = start(loop, pool.run(door.job(1), soon()));
    auto late = test::run_task(loop, pool.run(door.job(2), Deadline::after(20ms)));
    CHECK(late.error().code == Errc::timeout);
    door.open();
    REQUIRE(test::turn_until(loop, [&] { return running->has_value() && pool.queued() == 0 && pool.running() == 0; }));
    CHECK(door.begun() == 1);
}

TEST_CASE("what a job owns is gone when its caller resumes") {
    Loop loop(0);
    BlockingPool pool(kOneThread);
    auto secret = std::make_shared<std::string>("secret");
    const std::weak_ptr<std::string> watch = secret;
    auto body = [&]() -> Task<bool> {
        auto job = [owned = std::move(secret)]() -> Result<int> { return static_cast<int>(owned->size()); };
        auto result = co_await pool.run(std::move(job), soon());
        co_return result.value() == 6 && watch.expired();
    };
    CHECK(test::run_task(loop, body()));
}

TEST_CASE("heavy jobs get their share of the threads, light ones pass them") {
    Loop loop(0);
    BlockingPool pool({.threads = 3, .queue = 16, .wait = 10s, .heavy_threads = 2});
    Door door;
    std::vector<Answer> heavy;
    for (int i = 0; i < 5; ++i) heavy.push_back(start(loop, pool.run(door.job(i), soon(), Weight::heavy)));
    REQUIRE(test::turn_until(loop, [&] { return door.begun() == 2; }));
    auto quick = []() -> Result<int> { return 7; };
    for (int i = 0; i < 4; ++i) CHECK(test::run_task(loop, pool.run(quick, soon())).value() == 7);
    CHECK(door.begun() == 2);
    CHECK(pool.queued() == 3);
    door.open();
    CHECK(test::turn_until(
        loop, [&] { return std::ranges::all_of(heavy, [](const Answer& answer) { return answer->has_value(); }); }));
    CHECK(door.begun() == 5);
}

TEST_CASE("of a heavy and a light job that both may run, the older one runs first") {
    Loop loop(0);
    BlockingPool pool({.threads = 1, .queue = 8, .wait = 10s, .heavy_threads = 1});
    Door door;
    std::vector<int> order;
    auto note = [&](int number) {
        return [&order, number]() -> Result<int> {
            order.push_back(number);
            return number;
        };
    };
    std::vector<Answer> answers{start(loop, pool.run(door.job(0), soon()))};
    for (int i = 1; i <= 6; ++i) {
        answers.push_back(start(loop, pool.run(note(i), soon(), i % 2 ? Weight::heavy : Weight::light)));
    }
    door.open();
    REQUIRE(test::turn_until(
        loop, [&] { return std::ranges::all_of(answers, [](const Answer& answer) { return answer->has_value(); }); }));
    CHECK(order == std::vector{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a pool that ends finishes what runs and cancels what waits") {
    Loop loop(0);
    Door door;
    auto pool = std::make_unique<BlockingPool>(kOneThread);
    auto running = start(loop, pool->run(door.job(1), soon()));
    CHECK(test::turn_until(loop, [&] { return door.begun() == 1; }));
    auto waiting = start(loop, pool->run(door.job(2), soon()));
    {
        const std::jthread ends([&] { pool.reset(); });
        CHECK(test::turn_until(loop, [&] { return waiting->has_value(); }, 5s));
        CHECK_FALSE(running->has_value());  // it is still waited for
        door.open();
    }
    REQUIRE(test::turn_until(loop, [&] { return running->has_value() && waiting->has_value(); }));
    CHECK(running->value().value() == 1);
    CHECK(code_of(waiting) == Errc::cancelled);
    CHECK(door.begun() == 1);
}

TEST_CASE("the threads of a pool run behind the others, if it says so") {
    const auto niceness = []() -> Result<int> { return ::getpriority(PRIO_PROCESS, 0); };
    const int own = ::getpriority(PRIO_PROCESS, 0);
    Loop loop(0);
    BlockingPool ordinary(kOneThread);
    BlockingPool behind({.threads = 1, .queue = 1, .wait = 10s, .nice = 2});
    const auto with = start(loop, ordinary.run(niceness, soon()));
    const auto after = start(loop, behind.run(niceness, soon()));
    REQUIRE(test::turn_until(loop, [&] { return with->has_value() && after->has_value(); }));
    CHECK(with->value() == own);
    CHECK(after->value() == std::min(own + 2, 19));
    CHECK(::getpriority(PRIO_PROCESS, 0) == own);
}

std::atomic<int> rests{0};

TEST_CASE("a thread that has had no job for a while says so, once after its last job") {
    rests = 0;
    Loop loop(0);
    BlockingPool pool({.threads = 1, .queue = 4, .wait = 10s, .rest = 30ms, .on_rest = [] { ++rests; }});
    std::this_thread::sleep_for(60ms);
    CHECK(rests == 0);  // it has not had any
    for (const int jobs : {1, 2}) {
        const auto answer = start(loop, pool.run([]() -> Result<int> { return 1; }, soon()));
        REQUIRE(test::turn_until(loop, [&] { return answer->has_value(); }));
        CHECK(test::eventually([&] { return rests == jobs; }));
        std::this_thread::sleep_for(60ms);
        CHECK(rests == jobs);
    }
}

TEST_CASE("many callers of several loops get their own results, within the bound") {
    constexpr int kCallers = 200;
    constexpr std::size_t kMostPlaces = 4 + 16;
    std::atomic<int> served{0};
    std::atomic<int> refused{0};
    std::atomic<int> wrong{0};
    IoThreads loops({.threads = 3});
    BlockingPool pool({.threads = 4, .queue = 16, .wait = 10s, .heavy_threads = 2});
    auto call = [](BlockingPool& on, int number, std::atomic<int>& good, std::atomic<int>& full,
                   std::atomic<int>& bad) -> Task<> {
        auto job = [&on, number]() -> Result<int> {
            // Its own place is not in the queue; the two figures are not of one moment, so each is looked at alone.
            if (on.running() > 4 || on.queued() >= kMostPlaces) return -1;
            return number;
        };
        const auto weight = number % 2 ? Weight::heavy : Weight::light;
        auto result = co_await on.run(std::move(job), soon(), weight);
        if (result) {
            (*result == number ? good : bad).fetch_add(1);
        } else {
            (result.error().code == Errc::overloaded ? full : bad).fetch_add(1);
        }
    };
    loops.start();
    loops.on_each([&](Loop& loop) {
        for (int i = 0; i < kCallers; ++i) loop.tasks.spawn("caller", call(pool, i, served, refused, wrong));
    });
    CHECK(test::eventually([&] { return served + refused + wrong == 3 * kCallers; }, 20s));
    CHECK(served + refused == 3 * kCallers);
    CHECK(wrong == 0);
    CHECK(served > 0);
    CHECK(test::eventually([&] { return pool.running() + pool.queued() == 0; }));
    std::vector<BlockingPool::Ticket> all;
    while (auto ticket = pool.admit()) all.push_back(std::move(*ticket));
    CHECK(all.size() == kMostPlaces);
}

}  // namespace
}  // namespace gatehouse
