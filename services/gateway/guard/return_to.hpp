// Where a sign-in may lead back to: an address that came from outside is followed only if it is on a list. OWASP
// Unvalidated Redirects and Forwards Cheat Sheet; CWE-601.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::gateway {

// The origins of PUBLIC_ORIGIN and RETURN_TO_ORIGINS.
class ReturnTargets {
public:
    // Adds "https://app.example.org", "http://localhost:3000", or "https://*.example.org" for every host below that
    // domain, the domain itself not. False: it is none of these, or everybody may have a host below that domain.
    bool add(std::string_view origin);

    // `scheme` in lower case, `host` in lower case, "443"; the port as the URL names it, its scheme's own if it names
    // none.
    [[nodiscard]] bool contains(std::string_view scheme, std::string_view host, std::string_view port) const noexcept;

private:
    struct Target {
        std::string scheme;
        std::string host;  // of a wildcard: ".example.org"
        std::string port;
        bool below = false;
    };
    std::vector<Target> targets_;
};

// `url` as it may be put into a Location header or followed by a page: its origin is one of `targets`, or it is a path
// on ourselves ("/account"). Scheme and host in lower case, the scheme's own port dropped, nothing unescaped. Empty: it
// leads elsewhere, or browsers could read it differently from us (user info, an escaped host, a backslash, a blank, a
// control character, a byte that is not ASCII, no or another scheme, a path of ours with dot segments), or it is longer
// than 2048 bytes.
[[nodiscard]] std::optional<std::string> allowed_return_to(std::string_view url, const ReturnTargets& targets);

// Is `url` an absolute address of http or https, of a plain host, without user information and fragment?
[[nodiscard]] bool is_page_url(std::string_view url);

}  // namespace gatehouse::gateway
