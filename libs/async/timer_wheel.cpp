#include "async/timer_wheel.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse {

void WheelTimer::arm(Deadline due) {
    due_ = due.at();
    const auto tick = TimerWheel::tick_of(due_);
    if (armed()) {
        // Later than the slot it sits in: it stays and is looked at again there. Earlier: it must move.
        const auto first_look =
            wheel_.done_ + 1 +
            static_cast<TimerWheel::Tick>(
                (slot_ + TimerWheel::kSlots - static_cast<std::size_t>(wheel_.done_ + 1) % TimerWheel::kSlots) %
                TimerWheel::kSlots);
        if (tick >= first_look) return;
        wheel_.unlink(*this);
    }
    if (wheel_.used_.none() && !wheel_.turning_) wheel_.skip_idle_time();
    wheel_.ring_by(wheel_.insert(*this, tick));
}

void WheelTimer::disarm() noexcept {
    if (armed()) wheel_.unlink(*this);
}

TimerWheel::TimerWheel(asio::io_context& loop)
    : alarm_(loop.get_executor()), done_(tick_of(std::chrono::steady_clock::now())) {}

TimerWheel::~TimerWheel() {
    for (WheelTimer*& head : slots_) {
        while (WheelTimer* timer = head) {
            unlink(*timer);
            if (timer->abandon_) timer->abandon_(timer->owner_);
        }
    }
}

// Rounded up: a timer never fires before its time.
TimerWheel::Tick TimerWheel::tick_of(SteadyTime at) noexcept {
    return std::chrono::ceil<std::chrono::milliseconds>(at.time_since_epoch()).count() / kTick.count() + 1;
}

// Not while turning: turn() counts done_ up itself.
void TimerWheel::skip_idle_time() noexcept { done_ = std::max(done_, tick_of(std::chrono::steady_clock::now()) - 2); }

TimerWheel::Tick TimerWheel::insert(WheelTimer& timer, Tick at_least) {
    const Tick tick = std::clamp(at_least, done_ + 1, done_ + static_cast<Tick>(kSlots) - 1);
    timer.slot_ = static_cast<std::size_t>(tick) % kSlots;
    auto& head = slots_[timer.slot_];
    timer.next_ = head;
    if (head) head->previous_ = &timer.next_;
    head = &timer;
    timer.previous_ = &head;
    used_.set(timer.slot_);
    return tick;
}

void TimerWheel::unlink(WheelTimer& timer) noexcept {
    if (!timer.previous_) return;
    *timer.previous_ = timer.next_;
    if (timer.next_) timer.next_->previous_ = timer.previous_;
    timer.next_ = nullptr;
    timer.previous_ = nullptr;
    if (!slots_[timer.slot_]) used_.reset(timer.slot_);
}

// An alarm that rings too early (its timer was dropped) costs one empty turn.
void TimerWheel::ring_by(Tick tick) {
    if (alarm_at_ != kNoAlarm && alarm_at_ <= tick) return;
    alarm_at_ = tick;
    alarm_.expires_at(SteadyTime(kTick * tick));
    alarm_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;  // moved to an earlier time, or the loop ends
        alarm_at_ = kNoAlarm;
        turn();
    });
}

void TimerWheel::turn() {
    const auto now = std::chrono::steady_clock::now();
    const Tick last = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count() / kTick.count();
    turning_ = true;
    const Tick first = std::max(done_ + 1, last - static_cast<Tick>(kSlots) + 1);
    for (Tick tick = first; tick <= last; ++tick) {
        done_ = tick;
        // A handler may arm, disarm or destroy any timer: always take the head anew.
        while (WheelTimer* timer = slots_[static_cast<std::size_t>(tick) % kSlots]) {
            unlink(*timer);
            if (timer->due_ > now) {
                insert(*timer, tick_of(timer->due_));  // was moved to a later time
            } else {
                timer->expire_(timer->owner_);
            }
        }
    }
    turning_ = false;
    if (used_.none()) return;
    Tick next = done_ + 1;
    while (!used_.test(static_cast<std::size_t>(next) % kSlots)) ++next;
    ring_by(next);
}

}  // namespace gatehouse
