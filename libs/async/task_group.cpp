#include "async/task_group.hpp"

#include <exception>

#include "base/log.hpp"

namespace gatehouse {

void TaskGroup::spawn(const char* name, Task<> task) {
    ++running_;
    gatehouse::spawn(loop_.get_executor(), std::move(task), [this, name](const std::exception_ptr& failure) {
        --running_;
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            log::write(log::Level::error, "task.failed", {{"task", name}, {"detail", e.what()}});
        } catch (...) {
            log::write(log::Level::error, "task.failed", {{"task", name}});
        }
    });
}

Task<bool> TaskGroup::idle(Deadline by) {
    SteadyTimer pause(loop_.get_executor());
    while (running_ > 0 && !by.passed()) {
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(as_values);
    }
    co_return running_ == 0;
}

}  // namespace gatehouse
