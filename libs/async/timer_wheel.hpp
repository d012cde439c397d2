// Time-outs of one I/O loop, made cheap: arming and moving one is a store and a list splice, no system call and no heap
// operation, because nearly all of them are moved or dropped before they fire.
//
// A hashed timing wheel (Varghese and Lauck, SOSP 1987) with lazy re-insertion: a timer pushed to a later time stays in
// its slot and is looked at again when that slot comes up. Resolution 8 ms. Not thread-safe: belongs to its loop.
#pragma once

#include <array>
#include <bitset>
#include <chrono>

#include <boost/asio/io_context.hpp>

#include "async/task.hpp"
#include "base/deadline.hpp"

namespace gatehouse {

class TimerWheel;

// An intrusive entry. `expire` is called once on the loop's thread when the time has come; it may arm the timer again
// or destroy it. Destroying or disarming a timer takes it off the wheel. A wheel that goes first, with its loop,
// disarms it and calls `abandon` if there is one: nothing fires any more, so whoever waits for it must be let go.
class WheelTimer {
public:
    using Expire = void (*)(void* owner);
    WheelTimer(TimerWheel& wheel, Expire expire, void* owner, Expire abandon = nullptr) noexcept
        : wheel_(wheel), expire_(expire), abandon_(abandon), owner_(owner) {}
    WheelTimer(const WheelTimer&) = delete;
    WheelTimer& operator=(const WheelTimer&) = delete;
    ~WheelTimer() { disarm(); }

    void arm(Deadline due);
    void disarm() noexcept;
    [[nodiscard]] bool armed() const noexcept { return previous_ != nullptr; }

private:
    friend class TimerWheel;
    TimerWheel& wheel_;
    Expire expire_;
    Expire abandon_;
    void* owner_;
    SteadyTime due_{};
    std::size_t slot_ = 0;
    WheelTimer* next_ = nullptr;
    WheelTimer** previous_ = nullptr;  // what points at this one; null when not on the wheel
};

class TimerWheel {
public:
    explicit TimerWheel(asio::io_context& loop);
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    ~TimerWheel();

private:
    friend class WheelTimer;
    static constexpr std::chrono::milliseconds kTick{8};
    static constexpr std::size_t kSlots = 512;  // 4 s ahead; what is due later is looked at once per turn

    using Tick = long long;
    [[nodiscard]] static Tick tick_of(SteadyTime at) noexcept;
    void skip_idle_time() noexcept;
    Tick insert(WheelTimer& timer, Tick at_least);  // returns the tick at which it is looked at
    void unlink(WheelTimer& timer) noexcept;
    void ring_by(Tick tick);
    void turn();

    SteadyTimer alarm_;
    std::array<WheelTimer*, kSlots> slots_{};
    std::bitset<kSlots> used_;
    Tick done_ = 0;  // every slot up to this tick has been emptied
    Tick alarm_at_ = kNoAlarm;
    bool turning_ = false;
    static constexpr Tick kNoAlarm = -1;
};

}  // namespace gatehouse
