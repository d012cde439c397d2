// Threads for what blocks (databases, password hashing), so that no I/O thread ever does. Everything is bounded: a full
// queue answers `overloaded` at once, a job that waited too long is not begun.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
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
#include <boost/asio/steady_timer.hpp>

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
    };
    enum class Weight : bool { light, heavy };

    // One reserved place (threads + queue of them). Holding it promises that run() will not answer `overloaded`.
    class Ticket {
    public:
        explicit Ticket(BlockingPool& pool) noexcept : pool_(&pool) {}
        Ticket(Ticket&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket() {
            if (pool_) pool_->places_.fetch_add(1);
        }

    private:
        BlockingPool* pool_;
    };

    explicit BlockingPool(Limits limits);
    // Finishes the jobs that run, drops those that wait (their callers get `cancelled`). Must end before the loops do.
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    // A place in the queue, or nothing if all are taken. Thread-safe.
    [[nodiscard]] std::optional<Ticket> admit() noexcept;

    // Runs `job` (a callable that returns Result<T> and owns all it touches) on one of the threads and resumes the
    // caller on its own loop. Errors of the pool: overloaded (no place, or waited longer than Limits::wait: the job was
    // not begun), timeout (the deadline passed: the job may still run, its result is dropped), cancelled.
    template <class Job>
    Task<std::invoke_result_t<Job>> run(Job job, Deadline by, Weight weight = Weight::light) {
        auto ticket = admit();
        if (!ticket) co_return fail(Errc::overloaded, "the queue is full");
        auto result = co_await run_admitted(std::move(job), by, weight, std::move(ticket));
        co_return std::move(result);
    }

    // The same under a ticket that the caller holds already, and keeps.
    template <class Job>
    Task<std::invoke_result_t<Job>> run(const Ticket&, Job job, Deadline by, Weight weight = Weight::light) {
        auto result = co_await run_admitted(std::move(job), by, weight, std::nullopt);
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
    Task<std::invoke_result_t<Job>> run_admitted(Job job, Deadline by, Weight weight, std::optional<Ticket> ticket);

    const Limits limits_;
    std::atomic<std::size_t> places_;
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
    BlockingCall(Handler h, Executor e) : executor(e), timer(e), handler(std::move(h)) {}

    void finish(R result) {
        if (!handler) return;  // the deadline was first
        timer.cancel();
        auto call = std::move(*handler);
        handler.reset();
        std::move(call)(std::move(result));
    }

    Executor executor;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer;
    std::optional<Handler> handler;
    std::atomic<bool> abandoned{false};
};

}  // namespace detail

template <class Job>
Task<std::invoke_result_t<Job>> BlockingPool::run_admitted(Job job, Deadline by, Weight weight,
                                                           std::optional<Ticket> ticket) {
    using R = std::invoke_result_t<Job>;
    const Executor executor = co_await asio::this_coro::executor;
    auto initiate = [&](auto handler) {
        using Call = detail::BlockingCall<R, decltype(handler)>;
        auto call = std::make_shared<Call>(std::move(handler), executor);
        call->timer.expires_at(by.at());
        call->timer.async_wait([call](const boost::system::error_code& error) {
            if (error) return;
            call->abandoned = true;
            call->finish(fail(Errc::timeout, "the blocking job did not end in time"));
        });
        auto shared_job = std::make_shared<Job>(std::move(job));
        auto shared_ticket = std::make_shared<std::optional<Ticket>>(std::move(ticket));
        push({std::chrono::steady_clock::now() + limits_.wait,
              [call, shared_job, shared_ticket](std::optional<Errc> refused) mutable {
                  if (call->abandoned) {
                      shared_job.reset();
                  } else {
                      R result = refused ? R(fail(*refused, "the job was not begun")) : (*shared_job)();
                      shared_job.reset();  // what the job owned goes before the caller resumes
                      shared_ticket.reset();
                      auto& to = call->executor;
                      asio::post(to, [call = std::move(call), result = std::move(result)]() mutable {
                          call->finish(std::move(result));
                      });
                  }
              }},
             weight);
    };
    auto result = co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(R)>(initiate, use_task);
    co_return std::move(result);
}

}  // namespace gatehouse
