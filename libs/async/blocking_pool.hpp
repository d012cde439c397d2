// Threads for what blocks (databases, password hashing), so that no I/O thread ever does. Everything is bounded: a full
// queue answers `overloaded` at once, a job that waited too long is not begun.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"

namespace gatehouse {

class BlockingPool {
public:
    struct Limits {
        std::size_t threads;
        std::size_t queue;               // places beyond the running ones
        std::chrono::milliseconds wait;  // longest time in the queue
        std::size_t heavy_threads = 0;   // most threads that run heavy jobs at once; 0: all
        // Added to the threads' nice value (man 7 sched): who waits for them lets all others run first. Where a filter
        // of system calls refuses it, they compete like the others.
        int nice = 0;
        // Called once on a thread that has had no job for `rest` since its last one; must not throw. Null: nothing is.
        std::chrono::milliseconds rest{0};
        void (*on_rest)() = nullptr;
    };
    enum class Weight : bool { light, heavy };

    // One reserved place (threads + queue of them): run() under it does not answer `overloaded` for want of a place. A
    // job shares the place until it has ended, so that one whose caller gave up at the deadline still counts.
    class Ticket {
    public:
        Ticket(Ticket&&) noexcept = default;
        Ticket& operator=(Ticket&&) = delete;

    private:
        friend class BlockingPool;
        explicit Ticket(std::shared_ptr<void> place) noexcept : place_(std::move(place)) {}
        std::shared_ptr<void> place_;
    };

    explicit BlockingPool(Limits limits);
    // Finishes the jobs that run, drops those that wait (their callers get `cancelled`). Must end before the loops do.
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    // A place in the queue, or nothing if all are taken. Thread-safe.
    [[nodiscard]] std::optional<Ticket> admit();

    // Runs `job` (a callable that returns Result<T> and owns all it touches) on one of the threads and resumes the
    // caller on its own loop. Errors of the pool: overloaded (no place, or waited longer than Limits::wait: the job was
    // not begun), timeout (the deadline passed: the job may still run, its result is dropped), cancelled, internal (the
    // job threw).
    template <class Job>
    Task<std::invoke_result_t<Job>> run(Job job, Deadline by, Weight weight = Weight::light) {
        auto ticket = admit();
        if (!ticket) co_return fail(Errc::overloaded, "the queue is full");
        auto result = co_await run_admitted(std::move(job), by, weight, std::move(ticket->place_));
        co_return std::move(result);
    }

    // The same under a ticket that the caller holds already, and keeps.
    template <class Job>
    Task<std::invoke_result_t<Job>> run(const Ticket& ticket, Job job, Deadline by, Weight weight = Weight::light) {
        auto result = co_await run_admitted(std::move(job), by, weight, ticket.place_);
        co_return std::move(result);
    }

    [[nodiscard]] std::size_t running() const noexcept { return running_.load(); }
    [[nodiscard]] std::size_t queued() const noexcept { return queued_.load(); }

private:
    struct Entry {
        SteadyTime begin_by;
        // On a pool thread. Errc::overloaded / cancelled: answer that instead of running the job.
        std::function<void(std::optional<Errc>)> run;
    };

    void push(Entry entry, Weight weight);
    void work();

    template <class Job>
    Task<std::invoke_result_t<Job>> run_admitted(Job job, Deadline by, Weight weight, std::shared_ptr<void> place);

    const Limits limits_;
    const std::shared_ptr<std::atomic<std::size_t>> places_;  // free ones; a ticket may outlast the pool
    std::atomic<std::size_t> running_{0};
    std::atomic<std::size_t> queued_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Entry> light_;
    std::deque<Entry> heavy_;
    std::size_t heavy_running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

namespace detail {

// What the job's thread and the waiting coroutine share. `finish` runs on the caller's loop only.
template <class R, class Handler>
struct BlockingCall : std::enable_shared_from_this<BlockingCall<R, Handler>> {
    BlockingCall(Handler h, const Executor& e) : executor(e), timer(e), handler(std::move(h)) {}

    void finish(R result) {
        if (!handler) return;  // the deadline was first
        timer.cancel();
        auto call = std::move(*handler);
        handler.reset();
        std::move(call)(std::move(result));
    }

    Executor executor;
    SteadyTimer timer;
    std::optional<Handler> handler;
    std::atomic<bool> abandoned{false};
};

// A job reports failures as values; one that throws all the same must not end the process.
template <class Job>
std::invoke_result_t<Job> call_job(Job& job) {
    try {
        return job();
    } catch (const std::exception& error) {
        return fail(Errc::internal, std::string("a blocking job threw: ") + error.what());
    }
}

}  // namespace detail

template <class Job>
Task<std::invoke_result_t<Job>> BlockingPool::run_admitted(Job job, Deadline by, Weight weight,
                                                           std::shared_ptr<void> place) {
    using R = std::invoke_result_t<Job>;
    const Executor executor = co_await own_executor();
    auto initiate = [&](auto handler) {
        using Call = detail::BlockingCall<R, decltype(handler)>;
        auto call = std::make_shared<Call>(std::move(handler), executor);
        call->timer.expires_at(by.at());
        call->timer.async_wait([call](const boost::system::error_code& error) {
            if (error) return;
            call->abandoned = true;
            call->finish(fail(Errc::timeout, "the blocking job did not end in time"));
        });
        auto owned = std::make_shared<std::optional<Job>>(std::move(job));  // std::function copies what it holds
        auto work = [call, owned, held = std::move(place)](std::optional<Errc> refused) mutable {
            if (call->abandoned) return;
            R result = refused ? R(fail(*refused, "the job was not begun")) : detail::call_job(**owned);
            owned->reset();  // what the job owned, and its place, go before the caller resumes
            held.reset();
            const Executor to = call->executor;
            auto resume = [call = std::move(call), result = std::move(result)]() mutable {
                call->finish(std::move(result));
            };
            asio::post(to, std::move(resume));
        };
        push({std::chrono::steady_clock::now() + limits_.wait, std::move(work)}, weight);
    };
    auto [result] = co_await asio::async_initiate<const AsValues, void(R)>(std::move(initiate), as_values);
    co_return std::move(result);
}

}  // namespace gatehouse
