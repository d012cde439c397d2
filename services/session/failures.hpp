// How a failed call of a store or a pool is answered: the one map from our errors to the codes that callers see.
#pragma once

#include <string>

#include "proto/error_code.hpp"

namespace gatehouse::session {

// invalid_input is INVALID_REQUEST, and its detail the message; not_found, conflict and internal keep their meaning;
// cancelled is SERVICE_UNAVAILABLE. Whatever else cannot be had now is `away`, a 503 with Retry-After: never a logout.
// `message`: a more exact sentence than the code's own, for all but INVALID_REQUEST and INTERNAL_ERROR.
[[nodiscard]] std::unexpected<proto::Failure> refused(const Error& error, proto::ErrorCode away,
                                                      std::string message = {});

[[nodiscard]] inline std::unexpected<proto::Failure> database_failed(const Error& error, std::string message = {}) {
    return refused(error, proto::ErrorCode::database_unavailable, std::move(message));
}
[[nodiscard]] inline std::unexpected<proto::Failure> sessions_failed(const Error& error, std::string message = {}) {
    return refused(error, proto::ErrorCode::sessions_unavailable, std::move(message));
}
// invalid_input is ours here: a cost that is out of bounds.
[[nodiscard]] std::unexpected<proto::Failure> hashing_failed(Error error, std::string message = {});

// 400 whose message names the member that is wrong: for a *_from_json that failed.
[[nodiscard]] inline std::unexpected<proto::Failure> bad_request(const Error& error) {
    return refused(error, proto::ErrorCode::invalid_request);
}

// The database is not ready to be asked: DATABASE_UNAVAILABLE.
[[nodiscard]] std::unexpected<proto::Failure> schema_missing();

}  // namespace gatehouse::session
