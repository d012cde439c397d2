#include "session/failures.hpp"

#include <utility>

namespace gatehouse::session {
namespace {

using proto::ErrorCode;

ErrorCode code_of(Errc code, ErrorCode away) noexcept {
    switch (code) {
        case Errc::invalid_input:
            return ErrorCode::invalid_request;
        case Errc::not_found:
            return ErrorCode::not_found;
        case Errc::conflict:
            return ErrorCode::conflict;
        case Errc::cancelled:
            return ErrorCode::service_unavailable;
        case Errc::refused:  // by a table that another program made: who changes accounts is told (account_admin.cpp)
        case Errc::internal:
            return ErrorCode::internal_error;
        case Errc::denied:  // us, by what we asked: no fault of the caller's
        case Errc::overloaded:
        case Errc::timeout:
        case Errc::unavailable:
        case Errc::protocol:
            return away;
    }
    return ErrorCode::internal_error;
}

}  // namespace

std::unexpected<proto::Failure> refused(const Error& error, ErrorCode away, std::string message) {
    const ErrorCode code = code_of(error.code, away);
    if (code == ErrorCode::invalid_request) message = error.detail;
    if (code == ErrorCode::internal_error) message.clear();
    return proto::refuse(code, std::string(to_string(error.code)) + ": " + error.detail, std::move(message), {},
                         error.where);
}

std::unexpected<proto::Failure> hashing_failed(Error error, std::string message) {
    if (error.code == Errc::invalid_input) error.code = Errc::internal;
    return refused(error, ErrorCode::hashing_busy, std::move(message));
}

std::unexpected<proto::Failure> schema_missing() {
    return proto::refuse(ErrorCode::database_unavailable, "the schema is not in place yet",
                         "The database is not ready: see the service's log, or gatehousectl db plan.");
}

}  // namespace gatehouse::session
