// Coroutines. Of our own instead of asio::awaitable: awaiting a task costs a frame from a per-thread pool and two
// jumps, no allocation and no handler, so that a request may run through many small functions; and it compiles in a
// fraction of the time. Asio does the rest: its operations are awaited with `as_values`.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include "async/suspended.hpp"

namespace gatehouse {

// A timer of its own, for what waits seldom: a pause, a retry. Time-outs of requests go on the TimerWheel.
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

namespace detail {

struct PromiseBase {
    Chain* chain = nullptr;
    std::coroutine_handle<> awaited_by;

    struct Final {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            next_to_run = ended.promise().awaited_by;
        }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Final final_suspend() const noexcept { return {}; }

    static void* operator new(std::size_t bytes) { return ThreadMemory::allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { ThreadMemory::deallocate(frame, bytes); }
};

template <class T>
struct Promise;

}  // namespace detail

// The only coroutine type in this code base. Lazy: runs when awaited, or when it is spawned (task_group.hpp); awaited
// once. An exception goes on to who awaits it. Destroying it destroys what it waits in.
template <class T = void>
class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;

    explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(coroutine_, other.coroutine_);
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (coroutine_) coroutine_.destroy();
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> by) noexcept {
        coroutine_.promise().chain = by.promise().chain;
        coroutine_.promise().awaited_by = by;
        detail::next_to_run = coroutine_;
    }
    T await_resume() { return coroutine_.promise().take(); }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <class T>
struct Promise : PromiseBase {
    Task<T> get_return_object() noexcept { return Task<T>(std::coroutine_handle<Promise>::from_promise(*this)); }
    template <class U = T>
    void return_value(U&& value) {
        result.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() noexcept { result.template emplace<2>(std::current_exception()); }
    T take() {
        if (result.index() == 2) std::rethrow_exception(std::get<2>(std::move(result)));
        return std::get<1>(std::move(result));
    }
    std::variant<std::monostate, T, std::exception_ptr> result;
};

template <>
struct Promise<void> : PromiseBase {
    Task<> get_return_object() noexcept { return Task<>(std::coroutine_handle<Promise>::from_promise(*this)); }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }
    void take() const {
        if (failure) std::rethrow_exception(failure);
    }
    std::exception_ptr failure;
};

}  // namespace detail

// The completion token of this code base: an operation's results come back as a tuple, the error code among them
// instead of thrown.
//     auto [error, bytes] = co_await socket.async_read_some(buffer, as_values);
struct AsValues {};
inline constexpr AsValues as_values{};

namespace detail {

// One Asio operation, begun when it is awaited.
template <class Start, class... Results>
class Operation {
public:
    explicit Operation(Start start) : start_(std::move(start)) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> by) noexcept {
        start_(Handler{Suspended(by), results_});
    }
    std::tuple<Results...> await_resume() { return *std::move(results_); }

private:
    struct Handler {
        using allocator_type = Suspended::allocator_type;
        [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
        void operator()(Results... results) {
            into.emplace(std::move(results)...);
            chain();
        }
        Suspended chain;
        std::optional<std::tuple<Results...>>& into;
    };
    Start start_;
    std::optional<std::tuple<Results...>> results_;
};

template <class... Results, class Start>
auto operation(Start start) {
    return Operation<Start, Results...>(std::move(start));
}

struct AskExecutor {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> by) noexcept {
        chain = by.promise().chain;
        return false;
    }
    [[nodiscard]] Executor await_resume() const noexcept { return chain->executor; }
    Chain* chain = nullptr;
};

// The first coroutine of a chain: nobody awaits it, it goes with its end.
struct Root {
    struct promise_type {
        template <class... Arguments>
        explicit promise_type(const Executor& executor, const Arguments&...) noexcept
            : own{executor, std::coroutine_handle<promise_type>::from_promise(*this)} {}
        Root get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
        static void* operator new(std::size_t bytes) { return ThreadMemory::allocate(bytes); }
        static void operator delete(void* frame, std::size_t bytes) noexcept { ThreadMemory::deallocate(frame, bytes); }
        Chain own;
        Chain* chain = &own;
    };
    std::coroutine_handle<promise_type> coroutine;
};

template <class Done>
Root root(Executor, Task<> task, Done done) {
    std::exception_ptr failure;
    try {
        Task<> running = std::move(task);  // gone before `done` is told
        co_await running;
    } catch (...) {
        failure = std::current_exception();
    }
    done(failure);
}

}  // namespace detail

// Awaited: the executor of the loop that the task runs on.
inline detail::AskExecutor own_executor() noexcept { return {}; }

// Runs `task` on `executor`'s loop: at once up to its first wait if this is the loop's thread, else soon. At the end
// `done` is called there with the exception that escaped it, or null; it must not throw. If the loop goes first, the
// task is destroyed and nothing is called.
template <class Done>
void spawn(const Executor& executor, Task<> task, Done done) {
    Suspended chain(detail::root(executor, std::move(task), std::move(done)).coroutine);
    if (executor.running_in_this_thread()) {
        chain();
    } else {
        asio::post(executor, std::move(chain));
    }
}

}  // namespace gatehouse

template <class... Results>
struct boost::asio::async_result<gatehouse::AsValues, void(Results...)> {
    template <class Initiation, class... Arguments>
    static auto initiate(Initiation initiation, gatehouse::AsValues, Arguments... arguments) {
        auto start = [initiation = std::move(initiation), ... arguments = std::move(arguments)](auto handler) mutable {
            std::move(initiation)(std::move(handler), std::move(arguments)...);
        };
        return gatehouse::detail::operation<std::decay_t<Results>...>(std::move(start));
    }
};
