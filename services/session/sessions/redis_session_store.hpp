// Sessions in Redis: shared by all instances, kept over their restarts.
//
//     gh:{tag}:s:<hash of token>   record (session_record.hpp), lives min(idle, absolute left)
//     gh:{tag}:u                   sorted set of those hashes (crypto/token.hpp), score = absolute end in ms
//     gh:{tag}:e                   epoch, only after a revoke-all, lives absolute lifetime + 1 h
#pragma once

#include <memory>

#include "redis/client.hpp"
#include "session/sessions/session_limits.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// On the client's loop; the client must outlive it.
[[nodiscard]] std::unique_ptr<SessionStore> make_redis_session_store(redis::Client& client, SessionLimits limits);

}  // namespace gatehouse::session
