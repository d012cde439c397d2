// Spawns coroutines so that none is lost from sight: failures are logged, and their end can be waited for.
#pragma once

#include <cstddef>

#include "async/task.hpp"
#include "base/deadline.hpp"

namespace gatehouse {

// Belongs to one loop and is used on its thread only. Must outlive its tasks' last resumption.
class TaskGroup {
public:
    explicit TaskGroup(asio::io_context& loop) : loop_(loop) {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Runs `task` on the loop, at once up to its first wait. It owns all that it touches: no reference to the caller's
    // frame. An exception that escapes it is logged as `task.failed` with `name`, a literal.
    void spawn(const char* name, Task<> task);

    [[nodiscard]] std::size_t size() const noexcept { return running_; }

    // Resolves once no task runs, or at the deadline; true if none ran. Polls every 5 ms: for drains only.
    Task<bool> idle(Deadline by);

private:
    asio::io_context& loop_;
    std::size_t running_ = 0;
};

}  // namespace gatehouse
