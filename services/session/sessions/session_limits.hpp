// What both session stores are made with.
#pragma once

#include <chrono>
#include <cstddef>

namespace gatehouse::session {

struct SessionLimits {
    std::chrono::seconds absolute{86400};  // the longest life of a session: epochs are kept 1 h longer
    unsigned per_user = 50;                // one more ends the oldest
    std::size_t in_memory = 1'000'000;     // sessions in all, memory store only; one more is refused
};

}  // namespace gatehouse::session
