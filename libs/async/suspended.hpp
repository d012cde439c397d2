// A chain of coroutines that waits, as a value that can be handed around.
#pragma once

#include <coroutine>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "async/thread_memory.hpp"

namespace gatehouse {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

class Suspended;

namespace detail {

// What a spawned task and all that it awaits, however deep, share.
struct Chain {
    Executor executor;
    std::coroutine_handle<> root;
};

// The coroutine that this thread resumes next. A loop that looks here instead of symmetric transfer: that needs tail
// calls, which g++ makes only when it optimises, and else the stack grows with every await.
inline thread_local std::coroutine_handle<> next_to_run;

// Runs a chain until it waits for something outside it, or ends.
inline void run_chain(std::coroutine_handle<> coroutine) {
    const auto outer = std::exchange(next_to_run, coroutine);
    while (next_to_run) std::exchange(next_to_run, nullptr).resume();
    next_to_run = outer;
}

// Chains that go on at the end of the poller's turn under way on this thread (poller.hpp); null: none is.
inline thread_local std::vector<Suspended>* going_on = nullptr;

}  // namespace detail

// Whoever holds this decides what the chain waits for: calling it goes on with the chain (on its loop's thread),
// destroying it destroys the chain. An Asio handler that holds one may be dropped with its loop.
class Suspended {
public:
    Suspended() = default;
    // Within await_suspend: from here on the chain is this object's.
    template <class Promise>
    explicit Suspended(std::coroutine_handle<Promise> at) noexcept : at_(at), chain_(at.promise().chain) {}
    Suspended(Suspended&& other) noexcept : at_(std::exchange(other.at_, nullptr)), chain_(other.chain_) {}
    Suspended& operator=(Suspended&& other) noexcept {
        std::swap(at_, other.at_);
        std::swap(chain_, other.chain_);
        return *this;
    }
    Suspended(const Suspended&) = delete;
    Suspended& operator=(const Suspended&) = delete;
    ~Suspended() {
        if (at_) chain_->root.destroy();
    }

    // As an Asio handler.
    using allocator_type = ThreadAllocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }

    explicit operator bool() const noexcept { return at_ != nullptr; }
    void operator()() { detail::run_chain(std::exchange(at_, nullptr)); }
    // Goes on soon, not within this call. On the loop's thread.
    void post() && {
        if (detail::going_on != nullptr) {
            detail::going_on->push_back(std::move(*this));
            return;
        }
        const Executor executor = chain_->executor;
        asio::post(executor, std::move(*this));
    }

private:
    std::coroutine_handle<> at_;
    detail::Chain* chain_ = nullptr;
};

}  // namespace gatehouse
