// From a thread that is no loop's into a loop, and back.
#pragma once

#include <future>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "async/io_threads.hpp"

namespace gatehouse {

// Runs `task` on `loop`; the future holds its result, or the exception that escaped it. Waiting for it on a loop's own
// thread would wait for ever.
template <class T>
[[nodiscard]] std::future<T> run_on(Loop& loop, Task<T> task) {
    return asio::co_spawn(loop.context.get_executor(), std::move(task), asio::use_future);
}

}  // namespace gatehouse
