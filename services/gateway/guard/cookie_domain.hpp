// COOKIE_DOMAIN: one cookie for the hosts below a domain. Asked at start, so that a browser need not refuse it.
#pragma once

#include <string_view>

namespace gatehouse::gateway {

// Are there sites of many owners below `domain` ("org", "co.uk", "github.io", "localhost")? By the newest list of
// publicsuffix.org on this machine, or libpsl's own; true if there is none at all. `domain` in lower case.
[[nodiscard]] bool is_public_suffix(std::string_view domain);

// What is wrong with a cookie's domain, as the rest of a sentence that begins with its name; empty: nothing. It is to
// be a domain in lower case, no address and no public suffix, and PUBLIC_ORIGIN's host is to be that or below it.
[[nodiscard]] std::string_view wrong_with_cookie_domain(std::string_view domain, std::string_view public_origin);

}  // namespace gatehouse::gateway
