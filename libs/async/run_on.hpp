// From a thread that is no loop's into a loop, and back.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "async/io_threads.hpp"

namespace gatehouse {

namespace detail {

template <class T>
struct Brought {
    std::promise<T> promise;
    std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> value;
};

template <class T>
Task<> bring(Task<T> task, std::shared_ptr<Brought<T>> to) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
    } else {
        to->value.emplace(co_await std::move(task));
    }
}

}  // namespace detail

// Runs `task` on `loop`; the future holds its result, or the exception that escaped it. Waiting for it on a loop's own
// thread would wait for ever.
template <class T>
[[nodiscard]] std::future<T> run_on(Loop& loop, Task<T> task) {
    auto brought = std::make_shared<detail::Brought<T>>();
    auto future = brought->promise.get_future();
    auto ended = [brought](const std::exception_ptr& failure) {
        if (failure) {
            brought->promise.set_exception(failure);
        } else if constexpr (std::is_void_v<T>) {
            brought->promise.set_value();
        } else {
            brought->promise.set_value(*std::move(brought->value));
        }
    };
    spawn(loop.context.get_executor(), detail::bring(std::move(task), brought), std::move(ended));
    return future;
}

}  // namespace gatehouse
