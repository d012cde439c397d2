#include "session_client/cookie.hpp"

#include <vector>

#include "crypto/token.hpp"
#include "web/cookie.hpp"

namespace gatehouse::session_client {
namespace {

std::optional<std::string_view> only_token(const std::vector<std::string_view>& values, std::string_view name) {
    if (values.size() > 1 && name.starts_with("__Host-")) return std::nullopt;
    std::optional<std::string_view> found;
    for (const std::string_view value : values) {
        const auto token = crypto::token_of_cookie(value);
        if (!token) continue;
        if (found && *found != *token) return std::nullopt;
        found = *token;
    }
    return found;
}

}  // namespace

std::optional<std::string_view> presented_token(const web::Request& request, std::string_view name) {
    return only_token(web::cookie_values(request, name), name);
}

std::optional<std::string_view> presented_token(std::string_view cookie_header, std::string_view name) {
    return only_token(web::cookie_values(cookie_header, name), name);
}

}  // namespace gatehouse::session_client
