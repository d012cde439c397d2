// Makes one request of the checks that arrive in one turn of a loop: one write and one read for many checks.
//
// Batches have connections of their own, at most two under way at once; what arrives meanwhile waits for the next. An
// answer is matched by its ref (the token's hash), not only by its place: a mismatch makes the whole batch Unavailable.
// A check that stops waiting leaves its place empty, so it can never shift another's answer.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include "crypto/token.hpp"
#include "session_client/servers.hpp"

namespace gatehouse::session_client {

class SessionClient::CheckBatcher {
public:
    CheckBatcher(Loop& loop, Servers& servers, std::size_t most_waiting)
        : loop_(loop),
          servers_(servers),
          most_waiting_(most_waiting),
          flush_(loop.poller, [](void* self) { static_cast<CheckBatcher*>(self)->flush(); }, this) {}
    ~CheckBatcher();
    CheckBatcher(const CheckBatcher&) = delete;
    CheckBatcher& operator=(const CheckBatcher&) = delete;

    class Asking;
    // Awaited: the answer. `token` is one; it and the caller's texts must live until then.
    [[nodiscard]] Asking ask(std::string_view token, Caller caller, proto::Touch touch, Deadline by);

private:
    class Batch;

    void flush();
    Batch take();
    Task<> send(Batch batch);
    Task<> ask_for(Batch& batch);

    Loop& loop_;
    Servers& servers_;
    const std::size_t most_waiting_;
    std::deque<Asking*> waiting_;  // null: it stopped waiting
    std::size_t under_way_ = 0;
    TurnEnd flush_;
};

// One check, in the frame of the coroutine that awaits it: nothing is allocated for it.
class SessionClient::CheckBatcher::Asking {
public:
    Asking(CheckBatcher& batcher, std::string_view token, Caller caller, proto::Touch touch, Deadline by);
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() { leave(); }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> by) {
        waiter_ = Suspended(by);
        begin();
    }
    Check await_resume() noexcept { return std::move(answer_); }

private:
    friend class CheckBatcher;
    friend class Batch;
    void begin();
    void leave() noexcept;
    static void timed_out(void* self);
    static void abandoned(void* self);

    CheckBatcher& batcher_;
    const std::string_view token_;
    const Caller caller_;
    const proto::Touch touch_;
    const Deadline by_;
    std::array<char, 16> ref_;
    Asking** place_ = nullptr;  // what points at this one, in waiting_ or in a batch; null: nothing does
    // Whatever is forgotten: nobody is let in, and nobody signed out.
    Check answer_ = Unavailable{{proto::ErrorCode::service_unavailable, {}, std::chrono::seconds(1), {}, {}}};
    WheelTimer timer_;
    Suspended waiter_;
};

}  // namespace gatehouse::session_client
