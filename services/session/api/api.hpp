// What every handler of the internal API is made of: parse, call, serialise. A handler answers an Outcome; routes.cpp
// turns a failure into its response and logs it, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "proto/error_code.hpp"
#include "session/failures.hpp"
#include "session/services.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// What a caller's credential must allow.
enum class Scope : std::uint8_t { any, login, introspect, revoke, admin };
[[nodiscard]] std::string_view to_string(Scope scope) noexcept;  // as SERVICE_CREDENTIALS writes it; "any" is no scope

// How long a caller of a route is expected to wait: CHECK_TIMEOUT, LOGIN_TIMEOUT, or as long as large tables take to be
// altered.
enum class Patience : std::uint8_t { check, login, schema };
inline constexpr std::chrono::minutes kSchemaPatience{10};

using ApiResult = proto::Outcome<web::Response>;
using ApiHandler = Task<ApiResult> (*)(const web::Request& request, Services& services);

// A 200, or another status, with this JSON body.
[[nodiscard]] web::Response json(std::string body, int status = 200);

// The credential that `request` carries (RFC 6750: Authorization: Bearer …), borrowed; empty: none, or two.
[[nodiscard]] std::string_view credential_of(const web::Request& request) noexcept;

// A path parameter that must be a decimal id above 0; NOT_FOUND if it is not.
[[nodiscard]] proto::Outcome<UserId> user_id_of(std::string_view parameter);

}  // namespace gatehouse::session
