// GET /v1/health: what the gateway's /health shows of the session service. Always 200: the words say how it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatehouse::proto {

enum class Dependency : std::uint8_t { connected, unavailable };
[[nodiscard]] std::string_view to_string(Dependency state) noexcept;  // "connected", "unavailable"

struct Health {
    Dependency database = Dependency::unavailable;
    Dependency sessions = Dependency::unavailable;
    [[nodiscard]] bool healthy() const noexcept {
        return database == Dependency::connected && sessions == Dependency::connected;
    }
    friend bool operator==(const Health&, const Health&) = default;
};

// {"status":"healthy","database":"connected","sessions":"connected"}; status "unhealthy" if either is unavailable.
[[nodiscard]] std::string to_json(const Health& health);
// protocol: it is not one.
[[nodiscard]] Result<Health> health_from_json(std::string_view body);

}  // namespace gatehouse::proto
