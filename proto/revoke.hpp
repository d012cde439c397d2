// POST /v1/sessions/revoke: ends sessions. After the answer no check of them succeeds, through any instance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace gatehouse::proto {

inline constexpr std::size_t kRevokeTokens = 8;

// Sign-out: {"token":"…"} or {"tokens":["…",…]}, 1 to 8 tokens or cookie values. Fine if none is a live session. The
// sessions of a user are ended by proto/sessions.hpp and proto/accounts.hpp.
struct RevokeRequest {
    std::vector<Secret> tokens;
};

struct RevokeAnswer {
    std::int64_t revoked = 0;  // how many tokens were well-formed
};

[[nodiscard]] std::string to_json(const RevokeRequest& request);
// invalid_input: names the member.
[[nodiscard]] Result<RevokeRequest> revoke_request_from_json(std::string_view body);

// {"revoked":1}
[[nodiscard]] std::string to_json(const RevokeAnswer& answer);
// protocol: it is not one.
[[nodiscard]] Result<RevokeAnswer> revoke_answer_from_json(std::string_view body);

}  // namespace gatehouse::proto
