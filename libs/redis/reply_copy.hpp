// hiredis' reply -> ours. Private to libs/redis.
#pragma once

#include <string_view>

#include <hiredis/hiredis.h>

#include "base/result.hpp"
#include "redis/reply.hpp"

namespace gatehouse::redis {

// A copy that owns its bytes. An error reply becomes an Error: unavailable if Redis refuses to serve (now, or us),
// protocol otherwise; its detail is Redis' text without the arguments that it may quote.
[[nodiscard]] Result<Reply> copy_reply(const redisReply& reply);

// Redis has forgotten the script (it restarted, or SCRIPT FLUSH): load it and try again.
inline constexpr std::string_view kNoScript = "NOSCRIPT";

}  // namespace gatehouse::redis
