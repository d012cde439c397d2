// The one shape of every failure: {"success":false,"message":…,"error_code":…,"request_id":…} (+ retry_after).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "web/http_types.hpp"

namespace gatehouse::web {

// `retry_after` is also sent as the Retry-After header (RFC 9110 section 10.2.3).
[[nodiscard]] Response error_response(int status, std::string_view error_code, std::string_view message,
                                      std::string_view request_id,
                                      std::optional<std::chrono::seconds> retry_after = std::nullopt);

}  // namespace gatehouse::web
