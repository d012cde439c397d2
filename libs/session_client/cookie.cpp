#include "session_client/cookie.hpp"

#include <algorithm>

#include "crypto/token.hpp"

namespace gatehouse::session_client {
namespace {

web::CookieValues tokens_of(const web::CookieValues& values, std::string_view name) {
    web::CookieValues tokens;
    if (values.size() > 1 && name.starts_with("__Host-")) return tokens;
    for (const std::string_view value : values) {
        const auto token = crypto::token_of_cookie(value);
        if (token && std::ranges::find(tokens, *token) == tokens.end()) tokens.push_back(*token);
    }
    return tokens;
}

}  // namespace

web::CookieValues presented_tokens(const web::Request& request, std::string_view name) {
    return tokens_of(web::cookie_values(request, name), name);
}

web::CookieValues presented_tokens(std::string_view cookie_header, std::string_view name) {
    return tokens_of(web::cookie_values(cookie_header, name), name);
}

}  // namespace gatehouse::session_client
