// Every error code of the public and the internal API: one row each in error_code.cpp, so that a code's status and
// message are the same wherever it arises.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatehouse::proto {

enum class ErrorCode : std::uint8_t {
    // The Flask backend's, which its clients know.
    invalid_request,
    missing_email,
    missing_password,
    invalid_email,
    invalid_password,     // 400
    invalid_credentials,  // 401
    rate_limit_exceeded,  // 429
    internal_error,       // 500
    // Ours.
    not_authenticated,  // 401
    csrf_rejected,
    forbidden,               // 403
    not_found,               // 404
    method_not_allowed,      // 405
    request_timeout,         // 408
    conflict,                // 409, administration only
    payload_too_large,       // 413
    unsupported_media_type,  // 415
    headers_too_large,       // 431
    hashing_busy,
    sessions_unavailable,
    database_unavailable,
    service_unavailable,  // 503
};

struct ErrorInfo {
    std::string_view name;  // "MISSING_EMAIL": what travels as error_code
    int status;
    std::string_view message;  // for people; may be reworded, the name may not
};
[[nodiscard]] const ErrorInfo& info(ErrorCode code) noexcept;
[[nodiscard]] std::optional<ErrorCode> parse_error_code(std::string_view name) noexcept;

// Why a request was not served. `detail` is for the log. `message`: a more exact sentence than the code's own, without
// anything secret; empty: the code's own.
struct Failure {
    ErrorCode code = ErrorCode::internal_error;
    std::string message;
    std::optional<std::chrono::seconds> retry_after;  // 429 and 503
    std::string detail;
    std::source_location where;
    std::optional<ErrorCode> answered = std::nullopt;  // what another service said, where `code` says something else
};

template <class T = void>
using Outcome = std::expected<T, Failure>;

// A failure of `code`. Every 503 says when to come again: after 1 s unless `retry_after` says otherwise.
[[nodiscard]] std::unexpected<Failure> refuse(ErrorCode code, std::string detail = {}, std::string message = {},
                                              std::optional<std::chrono::seconds> retry_after = {},
                                              std::source_location where = std::source_location::current());

// {"success":false,"message":…,"error_code":…,"request_id":…,"retry_after":…}, the one shape of every failure.
[[nodiscard]] std::string to_json(const Failure& failure, std::string_view request_id);

// Reads that shape back: the internal API's answers. protocol: it is not one.
[[nodiscard]] Result<Failure> failure_from_json(std::string_view body);

}  // namespace gatehouse::proto
