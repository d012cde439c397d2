// Whether the database and the session store answer: asked for /v1/health, and every 2 s for the metrics. Handlers find
// out for themselves.
#pragma once

#include <atomic>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "proto/health.hpp"
#include "session/pauses.hpp"
#include "session/services.hpp"

namespace gatehouse::session {

// Asks both. A database that answers and has not our schema yet counts as unavailable.
Task<proto::Health> ask_dependencies(Services& services, Deadline by);

// Up: answered when last asked. Read on any thread; down until the first answer.
class DependencyWatch {
public:
    // Until the pauses are stopped, on their loop's thread.
    Task<> run(Services& services, Pauses& pauses);

    [[nodiscard]] bool database_up() const noexcept { return database_; }
    [[nodiscard]] bool sessions_up() const noexcept { return sessions_; }

private:
    std::atomic<bool> database_{false};
    std::atomic<bool> sessions_{false};
};

}  // namespace gatehouse::session
