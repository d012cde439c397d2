#include "session/api/api.hpp"

#include <utility>

#include "base/text.hpp"

namespace gatehouse::session {
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

std::string_view credential_of(const web::Request& request) noexcept {
    constexpr std::string_view kScheme = "bearer ";
    const auto header = request.header("Authorization");
    if (!header || request.count("Authorization") != 1 || header->size() <= kScheme.size()) return {};
    if (!equals_ignoring_case(header->substr(0, kScheme.size()), kScheme)) return {};
    return header->substr(kScheme.size());
}

proto::Outcome<UserId> user_id_of(std::string_view parameter) {
    const auto id = parse_number<std::int64_t>(parameter);
    if (!id || *id <= 0) return proto::refuse(proto::ErrorCode::not_found, "the path holds no user id");
    return UserId{*id};
}

}  // namespace gatehouse::session
