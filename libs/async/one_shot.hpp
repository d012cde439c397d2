// One value handed from whoever has it to the one coroutine that waits for it, with a time-out that really is one.
#pragma once

#include <optional>
#include <utility>

#include "async/task.hpp"
#include "async/timer_wheel.hpp"

namespace gatehouse {

// Used on one loop's thread only; waited for at most once. Whoever holds a pointer to it must drop the pointer when the
// wait ends (the owner is told by an empty result), or keep the OneShot alive by shared_ptr.
template <class T>
class OneShot {
public:
    explicit OneShot(TimerWheel& wheel) : timer_(wheel, &OneShot::timed_out, this, &OneShot::abandoned) {}
    OneShot(const OneShot&) = delete;
    OneShot& operator=(const OneShot&) = delete;

    // The value, or empty if the deadline came first. A value set before the wait is returned at once.
    [[nodiscard]] auto wait(Deadline by) noexcept { return Wait{*this, by}; }

    // Hands the value over; the waiter resumes from the loop, not inside this call. Ignored once closed (too late).
    void set(T value) {
        if (closed_ || value_) return;
        value_ = std::move(value);
        wake();
    }

    // Nobody waits any more, or the time-out passed: a later set() is ignored.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    struct Wait {
        OneShot& shot;
        Deadline by;
        [[nodiscard]] bool await_ready() const noexcept { return shot.value_ || shot.closed_; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> waiter) {
            shot.timer_.arm(by);
            shot.waiting_ = Suspended(waiter);
        }
        std::optional<T> await_resume() noexcept {
            shot.timer_.disarm();
            shot.closed_ = true;
            return std::move(shot.value_);
        }
    };

    static void timed_out(void* self) {
        auto* shot = static_cast<OneShot*>(self);
        shot->closed_ = true;
        shot->wake();
    }
    // The loop ends. The waiting coroutine is held by nobody but this object, which may be its own local: it is
    // destroyed.
    static void abandoned(void* self) {
        auto* shot = static_cast<OneShot*>(self);
        shot->closed_ = true;
        const auto waiting = std::move(shot->waiting_);
    }
    void wake() {
        if (waiting_) std::move(waiting_).post();
    }

    WheelTimer timer_;
    std::optional<T> value_;
    Suspended waiting_;
    bool closed_ = false;
};

}  // namespace gatehouse
