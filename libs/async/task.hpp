// Coroutines on io_context's own executor: typed, so that no operation pays for a type-erased executor.
#pragma once

#include <chrono>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

// The only coroutine type in this code base. Lazy: runs when awaited, or when a TaskGroup spawns it.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

// A timer of its own, for what waits seldom: a pause, a retry. Time-outs of requests go on the TimerWheel.
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Completion tokens. `as_values`: the error code comes back as the first of a tuple instead of being thrown:
//     auto [error, bytes] = co_await socket.async_read_some(buffer, as_values);
inline constexpr asio::use_awaitable_t<Executor> use_task{};
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> as_values{};

}  // namespace gatehouse
