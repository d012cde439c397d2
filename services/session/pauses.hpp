// Waits of background work that end at once when the service stops.
#pragma once

#include <chrono>
#include <list>

#include "async/io_threads.hpp"
#include "async/one_shot.hpp"

namespace gatehouse::session {

// One per loop, used on its thread only.
class Pauses {
public:
    explicit Pauses(Loop& loop) : loop_(loop) {}

    // Resolves after `span`, or at stop(); at once after it.
    Task<> pause(std::chrono::milliseconds span) {
        if (stopped_) co_return;
        OneShot<bool> one(loop_.wheel);
        const auto at = waiting_.insert(waiting_.end(), &one);
        co_await one.wait(Deadline::after(span));
        waiting_.erase(at);
    }

    void stop() {
        stopped_ = true;
        for (OneShot<bool>* one : waiting_) one->set(true);
    }

    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

private:
    Loop& loop_;
    std::list<OneShot<bool>*> waiting_;
    bool stopped_ = false;
};

}  // namespace gatehouse::session
