// Messages of lockout administration in the internal API (scope `admin`): addresses with too many failed sign-ins.
//
//     GET  /v1/lockouts                       -> LockoutList
//     POST /v1/lockouts/clear   ClearLockout  -> LockoutCleared
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatehouse::proto {

struct LockoutSummary {
    std::string key;                      // first 16 hex digits of the address's hash: all that is kept of unknown ones
    std::optional<std::int64_t> user_id;  // absent: nobody has that address
    std::optional<std::string> email;     // of that user
    unsigned failures = 0;
    std::int64_t retry_after = 0;  // seconds
    friend bool operator==(const LockoutSummary&, const LockoutSummary&) = default;
};

inline constexpr unsigned kLockoutsMost = 1000;  // a list names no more
struct LockoutList {
    std::vector<LockoutSummary> lockouts;  // the most recent first
    friend bool operator==(const LockoutList&, const LockoutList&) = default;
};
[[nodiscard]] std::string to_json(const LockoutList& list);
[[nodiscard]] Result<LockoutList> lockout_list_from_json(std::string_view body);

struct ClearLockout {
    std::string email;
    friend bool operator==(const ClearLockout&, const ClearLockout&) = default;
};
[[nodiscard]] std::string to_json(const ClearLockout& clear);
[[nodiscard]] Result<ClearLockout> clear_lockout_from_json(std::string_view body);

struct LockoutCleared {
    unsigned attempts = 0;  // counted ones that are forgotten; 0: there was no lockout
    friend bool operator==(const LockoutCleared&, const LockoutCleared&) = default;
};
[[nodiscard]] std::string to_json(const LockoutCleared& cleared);
[[nodiscard]] Result<LockoutCleared> lockout_cleared_from_json(std::string_view body);

}  // namespace gatehouse::proto
