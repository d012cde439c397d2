#include "async/timer_wheel.hpp"

#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

// The wheel's resolution is 8 ms; a machine under load adds its own. Never early, at all.
constexpr auto kLate = 500ms;

struct Alarm {
    explicit Alarm(Loop& loop) : timer(loop.wheel, &Alarm::ring, this) {}
    static void ring(void* self) {
        auto* alarm = static_cast<Alarm*>(self);
        alarm->rang_at = std::chrono::steady_clock::now();
        ++alarm->times;
        if (alarm->then) alarm->then();
    }
    void arm(std::chrono::milliseconds in) {
        due = std::chrono::steady_clock::now() + in;
        timer.arm(Deadline(due));
    }
    void check_on_time() const {
        CHECK(times == 1);
        CHECK(rang_at >= due);
        CHECK(rang_at - due < kLate);
    }

    WheelTimer timer;
    SteadyTime due{};
    SteadyTime rang_at{};
    int times = 0;
    std::function<void()> then;
};

TEST_CASE("a timer fires once, not before its time") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.arm(30ms);
    CHECK(alarm.timer.armed());
    REQUIRE(test::turn_until(loop, [&] { return alarm.times > 0; }));
    test::turn_for(loop, 50ms);
    alarm.check_on_time();
    CHECK_FALSE(alarm.timer.armed());
}

TEST_CASE("a time that has passed fires soon, but not inside arm()") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.arm(-5s);
    CHECK(alarm.times == 0);
    CHECK(test::turn_until(loop, [&] { return alarm.times == 1; }, 1s));
}

TEST_CASE("a disarmed or destroyed timer never fires") {
    Loop loop(0);
    Alarm disarmed(loop);
    Alarm other(loop);
    auto destroyed = std::make_unique<Alarm>(loop);
    for (Alarm* alarm : {&disarmed, destroyed.get(), &other}) alarm->arm(20ms);
    disarmed.timer.disarm();
    destroyed.reset();
    REQUIRE(test::turn_until(loop, [&] { return other.times == 1; }));
    test::turn_for(loop, 20ms);
    CHECK(disarmed.times == 0);
}

TEST_CASE("a timer moved to a later time fires then only") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.arm(20ms);
    test::turn_for(loop, 5ms);
    alarm.arm(120ms);
    REQUIRE(test::turn_until(loop, [&] { return alarm.times > 0; }));
    alarm.check_on_time();
}

TEST_CASE("a timer moved to an earlier time fires then") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.arm(3s);
    test::turn_for(loop, 5ms);
    alarm.arm(20ms);
    REQUIRE(test::turn_until(loop, [&] { return alarm.times > 0; }));
    alarm.check_on_time();
}

TEST_CASE("a timer may be armed again from its own expiry") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.then = [&] {
        if (alarm.times < 4) alarm.arm(10ms);
    };
    alarm.arm(10ms);
    REQUIRE(test::turn_until(loop, [&] { return alarm.times == 4; }));
    CHECK(alarm.rang_at >= alarm.due);
}

TEST_CASE("an expiry may drop, move and destroy timers of the same moment") {
    Loop loop(0);
    Alarm killer(loop);
    Alarm dropped(loop);
    Alarm moved(loop);
    auto destroyed = std::make_unique<Alarm>(loop);
    killer.then = [&] {
        dropped.timer.disarm();
        destroyed.reset();
        moved.arm(60ms);
    };
    const auto due = Deadline::after(20ms);
    for (Alarm* alarm : {&dropped, destroyed.get(), &moved, &killer}) alarm->timer.arm(due);  // the last fires first
    REQUIRE(test::turn_until(loop, [&] { return moved.times == 1; }));
    moved.check_on_time();
    CHECK(dropped.times == 0);
    CHECK(killer.times == 1);
}

TEST_CASE("a loop that was held up fires all that is due, and arming from there works") {
    Loop loop(0);
    std::vector<std::unique_ptr<Alarm>> alarms;
    Alarm next(loop);
    Alarm far(loop);
    for (int i = 0; i < 20; ++i) {
        alarms.push_back(std::make_unique<Alarm>(loop));
        alarms.back()->arm(std::chrono::milliseconds(5 * i));
    }
    alarms.front()->then = [&] { far.arm(60s); };
    alarms.back()->then = [&] { next.arm(20ms); };
    std::this_thread::sleep_for(150ms);
    REQUIRE(test::turn_until(loop, [&] { return next.times == 1; }));
    next.check_on_time();
    for (const auto& alarm : alarms) CHECK(alarm->times == 1);
    CHECK(far.times == 0);
    CHECK(far.timer.armed());
}

TEST_CASE("a time beyond the wheel's four seconds is kept") {
    Loop loop(0);
    Alarm alarm(loop);
    alarm.arm(4200ms);
    test::turn_for(loop, 4050ms);
    CHECK(alarm.times == 0);
    std::this_thread::sleep_for(30ms);  // the loop is held up as the wheel comes round to it
    REQUIRE(test::turn_until(loop, [&] { return alarm.times > 0; }));
    alarm.check_on_time();
}

TEST_CASE("five hundred timers moved at random fire once each, none early") {
    Loop loop(0);
    std::mt19937 random(4711);
    std::uniform_int_distribution<int> pick(0, 499);
    std::uniform_int_distribution<int> wait(0, 400);
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 500; ++i) {
        alarms.push_back(std::make_unique<Alarm>(loop));
        alarms.back()->arm(std::chrono::milliseconds(200 + wait(random)));
    }
    for (int turn = 0; turn < 100; ++turn) {
        test::turn_for(loop, 1ms);
        for (int i = 0; i < 20; ++i) {
            auto& alarm = *alarms[static_cast<std::size_t>(pick(random))];
            if (alarm.times == 0) alarm.arm(std::chrono::milliseconds(wait(random)));
        }
    }
    REQUIRE(test::turn_until(
        loop, [&] { return std::ranges::all_of(alarms, [](const auto& alarm) { return alarm->times > 0; }); }));
    int wrong = 0;
    for (const auto& alarm : alarms) {
        wrong += alarm->times != 1 || alarm->rang_at < alarm->due || alarm->rang_at - alarm->due > kLate;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a timer may outlive its wheel") {
    auto loop = std::make_unique<Loop>(0);
    Alarm alarm(*loop);
    Alarm other(*loop);
    alarm.arm(10s);
    other.arm(10s);
    loop.reset();
    CHECK_FALSE(alarm.timer.armed());
}

}  // namespace
}  // namespace gatehouse
