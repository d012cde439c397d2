#include "web/cookie.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kMostValues = 16;

void add_values(std::string_view header, std::string_view name, CookieValues& values) {
    while (!header.empty()) {
        const auto pair = take_item(header, ';');
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;  // names: case matters
        auto value = trim(pair.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        if (values.size() < kMostValues && std::ranges::find(values, value) == values.end()) values.push_back(value);
    }
}

}  // namespace

CookieValues cookie_values(std::string_view header, std::string_view name) {
    CookieValues values;
    add_values(header, name, values);
    return values;
}

CookieValues cookie_values(const Request& request, std::string_view name) {
    CookieValues values;
    for (const Header& field : request.headers) {
        if (equals_ignoring_case(field.name, "Cookie")) add_values(field.value, name, values);
    }
    return values;
}

std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes) {
    std::string text;
    text.reserve(name.size() + value.size() + attributes.domain.size() + 144);
    text.append(name).append("=").append(value).append("; Path=/");
    if (!attributes.domain.empty()) text.append("; Domain=").append(attributes.domain);
    text.append("; Max-Age=").append(std::to_string(attributes.max_age.count()));
    // A clearing cookie also gets the date that agents without Max-Age understand.
    if (attributes.max_age.count() == 0) text.append("; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    if (attributes.secure) text.append("; Secure");
    text.append("; HttpOnly; SameSite=Lax");
    return text;
}

}  // namespace gatehouse::web
