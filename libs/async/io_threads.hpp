// The I/O threads of a service: each runs one loop of its own, so nothing on the request path needs a lock or a strand.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "async/poller.hpp"
#include "async/task_group.hpp"
#include "async/timer_wheel.hpp"

namespace gatehouse {

// One I/O thread's world. Whatever is made for a loop is used on its thread only.
struct Loop {
    explicit Loop(std::size_t number) : index(number) {}
    const std::size_t index;
    asio::io_context context{1};  // concurrency hint 1: one thread runs it
    Poller poller{context};
    TimerWheel wheel{context};  // who waits for a descriptor goes with the wheel, and leaves the poller then
    TaskGroup tasks{context};   // ends before `context` does
};

struct IoOptions {
    std::size_t threads = 1;
    std::vector<unsigned> cpus = {};  // each thread stays on one of these, in turn; empty: where the kernel puts it
};

class IoThreads {
public:
    // Makes the loops; nothing runs yet, so that what lives on them can be built first.
    explicit IoThreads(IoOptions options);
    ~IoThreads();  // stop() and join()

    [[nodiscard]] std::size_t size() const noexcept { return loops_.size(); }
    [[nodiscard]] Loop& operator[](std::size_t index) noexcept { return loops_[index]; }

    // Starts one thread per loop. An exception that escapes a handler ends the process: the loop's state is unknown.
    // Throws system_error if a thread may not run on its CPU.
    void start();

    // Runs `work` on every loop's thread and waits until all have returned. From outside the loops, while they run.
    void on_each(const std::function<void(Loop&)>& work);

    // True once no loop has a task left; false if one still has at the deadline. From outside the loops, while they
    // run.
    [[nodiscard]] bool settle(Deadline by);

    void stop();  // every run() returns as soon as its current handler has; from any thread
    void join();  // waits for the threads

private:
    const std::vector<unsigned> cpus_;
    std::deque<Loop> loops_;
    std::vector<asio::executor_work_guard<Executor>> guards_;
    std::vector<std::thread> threads_;
};

}  // namespace gatehouse
