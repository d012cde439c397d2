// Cookies (RFC 6265): reading a Cookie header, writing a Set-Cookie value.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "web/http_types.hpp"

namespace gatehouse::web {

// Borrowed from the header. One is usual, and needs no memory of its own.
using CookieValues = boost::container::small_vector<std::string_view, 4>;

// The values of every cookie called `name` in all Cookie headers, in order, duplicates of one value once; at most 16.
[[nodiscard]] CookieValues cookie_values(const Request& request, std::string_view name);

// The same of one Cookie header's value.
[[nodiscard]] CookieValues cookie_values(std::string_view header, std::string_view name);

struct CookieAttributes {
    bool secure = true;
    std::chrono::seconds max_age{0};  // 0 clears the cookie
    std::string_view domain = {};     // "example.org": for the hosts below it too; empty: for this host only
};

// "name=value; Path=/; …; HttpOnly; SameSite=Lax; Max-Age=…", for a Set-Cookie header. Leaves no copy of the value
// behind.
[[nodiscard]] std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes);

}  // namespace gatehouse::web
