// What every handler of the internal API is made of: parse, call, serialise. A handler answers an Outcome; routes.cpp
// turns a failure into its response and logs it, once.
#pragma once

#include <cstdint>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "proto/error_code.hpp"
#include "session/services.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// What a caller's credential must allow.
enum class Scope : std::uint8_t { any, login, introspect, revoke, admin };
[[nodiscard]] std::string_view to_string(Scope scope) noexcept;  // as SERVICE_CREDENTIALS writes it; "any" is no scope

using ApiResult = proto::Outcome<web::Response>;
using ApiHandler = Task<ApiResult> (*)(const web::Request& request, Services& services);

// A 200, or another status, with this JSON body.
[[nodiscard]] web::Response json(std::string body, int status = 200);

// 400 whose message names the member that is wrong: for a *_from_json that failed.
[[nodiscard]] std::unexpected<proto::Failure> bad_request(Error error);

// How a failed call of a store is answered: what cannot be reached is 503 with Retry-After, never a logout; not_found,
// conflict and invalid_input keep their meaning.
[[nodiscard]] std::unexpected<proto::Failure> database_failed(Error error);
[[nodiscard]] std::unexpected<proto::Failure> sessions_failed(Error error);

// The configured credential that `request` carries (RFC 6750: Authorization: Bearer …); null: none that is known.
[[nodiscard]] const crypto::CredentialEntry* caller_of(const web::Request& request, const Config& config);
// Does the credential that `request` carries allow `scope`? For a handler that asks for more than its route does.
[[nodiscard]] bool caller_may(const web::Request& request, const Config& config, Scope scope);

// A path parameter that must be a decimal id above 0; NOT_FOUND if it is not.
[[nodiscard]] proto::Outcome<UserId> user_id_of(std::string_view parameter);

}  // namespace gatehouse::session
