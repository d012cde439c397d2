// What an error reply of Redis means to us. Private to libs/redis.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace gatehouse::redis {

// unavailable if Redis refuses to serve (now, or us), protocol otherwise; its detail is Redis' text without the
// arguments that it may quote.
[[nodiscard]] Error error_of(std::string_view text);

// `error` is error_of() a reply that only a replica gives. What it holds may be behind what the primary has
// acknowledged.
[[nodiscard]] bool is_of_replica(const Error& error) noexcept;

// Redis has forgotten the script (it restarted, or SCRIPT FLUSH): load it and try again.
inline constexpr std::string_view kNoScript = "NOSCRIPT";

}  // namespace gatehouse::redis
