// Runs a coroutine from a plain test function.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "async/io_threads.hpp"
#include "async/task.hpp"

namespace gatehouse::test {

// Turns the loop on the calling thread until `ready` holds; false if it did not within `limit`.
template <class Condition>
bool turn_until(Loop& loop, Condition ready, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!ready()) {
        if (std::chrono::steady_clock::now() > end) return false;
        if (loop.context.stopped()) loop.context.restart();
        loop.context.run_one_for(std::chrono::milliseconds(5));
    }
    return true;
}

// Turns the loop for that long, whatever happens on it.
inline void turn_for(Loop& loop, std::chrono::milliseconds span) {
    turn_until(loop, [] { return false; }, span);
}

// The result of `task`, run to its end on `loop` by the calling thread; what it throws is thrown here. Throws if it
// does not end within `limit`: the test has failed, the task stays where it is.
template <class T>
T run_task(Loop& loop, Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    struct Outcome {
        bool ended = false;
        std::exception_ptr failure;
        std::optional<Value> value;
    };
    auto outcome = std::make_shared<Outcome>();
    auto run = [](Task<T> inner, std::shared_ptr<Outcome> to) -> Task<> {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(inner);
            to->value.emplace();
        } else {
            to->value.emplace(co_await std::move(inner));
        }
    };
    auto ended = [outcome](const std::exception_ptr& failure) {
        outcome->failure = failure;
        outcome->ended = true;
    };
    spawn(loop.context.get_executor(), run(std::move(task), outcome), std::move(ended));
    if (!turn_until(loop, [&] { return outcome->ended; }, limit))
        throw std::runtime_error("the task did not end in time");
    if (outcome->failure) std::rethrow_exception(outcome->failure);
    if constexpr (!std::is_void_v<T>) return std::move(*outcome->value);
}

// The same of anything else that can be awaited.
template <class Awaitable>
    requires requires(Awaitable& one) { one.await_resume(); } && (!requires { typename Awaitable::promise_type; })
auto run_task(Loop& loop, Awaitable awaitable, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    using Value = decltype(awaitable.await_resume());
    auto run = [](Awaitable one) -> Task<Value> { co_return co_await std::move(one); };
    return run_task(loop, run(std::move(awaitable)), limit);
}

}  // namespace gatehouse::test
