// Sessions in this process's memory: the default that needs no server. All of them end when the process does.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "session/sessions/session_limits.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// What the stores of all loops share: thread-safe, bounded by SessionLimits::in_memory; ended sessions are swept.
class MemorySessions;

// `clock` must outlive what is made. Its steady time decides what has ended.
[[nodiscard]] std::shared_ptr<MemorySessions> make_memory_sessions(const Clock& clock, SessionLimits limits);

// One per loop. Never suspends; `Unavailable` only when create() finds the store full.
[[nodiscard]] std::unique_ptr<SessionStore> make_memory_session_store(std::shared_ptr<MemorySessions> shared);

}  // namespace gatehouse::session
