// POST /v1/sessions/revoke: ends sessions. After the answer no check of them succeeds, through any instance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace gatehouse::proto {

inline constexpr std::size_t kRevokeTokens = 8;

// Sign-out: {"token":"…"} or {"tokens":["…",…]}, 1 to 8 tokens or cookie values. Fine if none is a live session.
struct RevokeTokens {
    std::vector<Secret> tokens;
};
// One session of a user, by its public name: {"user_id":1,"sid":"…"}. Needs the scope admin.
struct RevokeSession {
    std::int64_t user_id = 0;
    std::string sid;
};
// Every session of a user, those included that are just being created: {"user_id":1,"all":true}. Needs the scope admin.
struct RevokeAll {
    std::int64_t user_id = 0;
};
using RevokeRequest = std::variant<RevokeTokens, RevokeSession, RevokeAll>;

struct RevokeAnswer {
    std::int64_t revoked = 0;  // sessions named or found; for tokens: how many tokens were well-formed
};

[[nodiscard]] std::string to_json(const RevokeRequest& request);
// invalid_input: names the member. A user without `sid` needs "all":true, so that a forgotten member ends nothing.
[[nodiscard]] Result<RevokeRequest> revoke_request_from_json(std::string_view body);

// {"revoked":1}
[[nodiscard]] std::string to_json(const RevokeAnswer& answer);
// protocol: it is not one.
[[nodiscard]] Result<RevokeAnswer> revoke_answer_from_json(std::string_view body);

}  // namespace gatehouse::proto
