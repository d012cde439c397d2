// One value handed from whoever has it to the one coroutine that waits for it, with a time-out that really is one.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

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
    Task<std::optional<T>> wait(Deadline by) {
        if (!value_ && !closed_) {
            timer_.arm(by);
            auto keep = [this](auto handler) {
                resume_ = std::make_unique<Resume<decltype(handler)>>(std::move(handler));
            };
            co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(keep, use_task);
            timer_.disarm();
        }
        closed_ = true;
        co_return std::move(value_);
    }

    // Hands the value over; the waiter resumes from the loop, not inside this call. Ignored once closed (too late).
    void set(T value) {
        if (closed_ || value_) return;
        value_ = std::move(value);
        wake();
    }

    // Nobody waits any more, or the time-out passed: a later set() is ignored.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    struct ResumeBase {
        virtual ~ResumeBase() = default;
        virtual void post() = 0;
    };
    template <class Handler>
    struct Resume final : ResumeBase {
        explicit Resume(Handler h) : handler(std::move(h)) {}
        void post() override {
            auto executor = asio::get_associated_executor(handler);
            asio::post(executor, std::move(handler));
        }
        Handler handler;
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
        const auto waiting = std::move(shot->resume_);
    }
    void wake() {
        if (auto resume = std::move(resume_)) resume->post();
    }

    WheelTimer timer_;
    std::optional<T> value_;
    std::unique_ptr<ResumeBase> resume_;
    bool closed_ = false;
};

}  // namespace gatehouse
