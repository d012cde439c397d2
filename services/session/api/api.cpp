#include "session/api/api.hpp"

#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace gatehouse::session {
namespace {

using proto::ErrorCode;

constexpr std::chrono::seconds kRetryAfter{1};

std::unexpected<proto::Failure> failed(Error error, ErrorCode when_unavailable) {
    const auto answer = [&](ErrorCode code, std::string message = {}, std::optional<std::chrono::seconds> retry = {}) {
        return proto::refuse(code, std::string(to_string(error.code)) + ": " + error.detail, std::move(message), retry,
                             error.where);
    };
    switch (error.code) {
        case Errc::invalid_input:
            return answer(ErrorCode::invalid_request, error.detail);
        case Errc::not_found:
            return answer(ErrorCode::not_found);
        case Errc::conflict:
            return answer(ErrorCode::conflict);
        case Errc::denied:
            return answer(ErrorCode::forbidden);
        case Errc::overloaded:
        case Errc::timeout:
        case Errc::unavailable:
        case Errc::protocol:
        case Errc::cancelled:
            return answer(when_unavailable, {}, kRetryAfter);
        case Errc::internal:
            return answer(ErrorCode::internal_error);
    }
    return answer(ErrorCode::internal_error);
}

}  // namespace

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
        case Scope::any:
            return "any";
        case Scope::login:
            return "login";
        case Scope::introspect:
            return "introspect";
        case Scope::revoke:
            return "revoke";
        case Scope::admin:
            return "admin";
    }
    return "any";
}

web::Response json(std::string body, int status) {
    web::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

std::unexpected<proto::Failure> bad_request(Error error) {
    return proto::refuse(ErrorCode::invalid_request, error.detail, error.detail, {}, error.where);
}

std::unexpected<proto::Failure> database_failed(Error error) {
    return failed(std::move(error), ErrorCode::database_unavailable);
}

std::unexpected<proto::Failure> sessions_failed(Error error) {
    return failed(std::move(error), ErrorCode::sessions_unavailable);
}

bool caller_may(const web::Request& request, const Config& config, Scope scope) {
    const crypto::CredentialEntry* caller = caller_of(request, config);
    return caller && (scope == Scope::any || caller->has_scope(to_string(scope)));
}

const crypto::CredentialEntry* caller_of(const web::Request& request, const Config& config) {
    constexpr std::string_view kScheme = "bearer ";
    const auto header = request.header("Authorization");
    if (!header || request.count("Authorization") != 1 || header->size() <= kScheme.size()) return nullptr;
    if (!equals_ignoring_case(header->substr(0, kScheme.size()), kScheme)) return nullptr;
    return crypto::find_credential(config.credentials, header->substr(kScheme.size()));
}

proto::Outcome<UserId> user_id_of(std::string_view parameter) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), id);
    if (error != std::errc{} || end != parameter.data() + parameter.size() || id <= 0) {
        return proto::refuse(ErrorCode::not_found, "the path holds no user id");
    }
    return UserId{id};
}

}  // namespace gatehouse::session
