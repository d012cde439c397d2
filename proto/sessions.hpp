// Messages of session administration in the internal API (scope `admin`).
//
//     GET  /v1/users/{id}/sessions                          -> SessionList
//     POST /v1/users/{id}/sessions/revoke   RevokeSessions  -> SessionsEnded (proto/accounts.hpp)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatehouse::proto {

// A live session as lists show it: its public name, never the token or its hash. Times are Unix seconds.
struct SessionSummary {
    std::string sid;  // 16 hex digits
    std::int64_t created_at = 0;
    std::int64_t touched_at = 0;    // last seen, to a tenth of the idle time
    std::int64_t absolute_end = 0;  // ends then in any case
    std::int64_t expires_in = 0;    // seconds, if it is not used any more
    std::string client;             // class of user agent
    friend bool operator==(const SessionSummary&, const SessionSummary&) = default;
};

struct SessionList {
    std::vector<SessionSummary> sessions;  // the newest first
    friend bool operator==(const SessionList&, const SessionList&) = default;
};
[[nodiscard]] std::string to_json(const SessionList& list);
[[nodiscard]] Result<SessionList> session_list_from_json(std::string_view body);

// {"sid":"…"} ends that one, {"all":true} all of them. Neither or both is invalid_input.
struct RevokeSessions {
    std::optional<std::string> sid;  // absent: all
    friend bool operator==(const RevokeSessions&, const RevokeSessions&) = default;
};
[[nodiscard]] std::string to_json(const RevokeSessions& revoke);
[[nodiscard]] Result<RevokeSessions> revoke_sessions_from_json(std::string_view body);

}  // namespace gatehouse::proto
