// The session cookie: token + '.' + MAC. The MAC lets a forged cookie end here, without a hop to the session service.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "crypto/key_ring.hpp"
#include "web/cookie.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

// What a request's cookies say.
struct PresentedCookies {
    web::CookieValues tokens;  // with a valid MAC; borrowed from the request
    bool ambiguous = false;    // more than one that counts: no telling which the user meant
    bool any = false;          // a cookie of that name came at all
};

// How the cookie is set.
struct CookieConfig {
    std::string name;
    bool secure = true;
    std::chrono::seconds lifetime{86400};  // a session's absolute age
    std::string domain;                    // empty: for the host that set it only
};

class SessionCookie {
public:
    // A name with the prefix __Host- must be secure and without a domain. It counts every value, valid or not: nobody
    // but us can have set one. Of another name any host below the domain may have set one.
    SessionCookie(CookieConfig config, crypto::KeyRing cookie_keys, crypto::KeyRing csrf_keys);

    [[nodiscard]] bool is_ours_alone() const noexcept { return config_.name.starts_with("__Host-"); }
    [[nodiscard]] PresentedCookies read(const web::Request& request) const;

    // Values of a Set-Cookie header.
    [[nodiscard]] std::string issue(std::string_view token) const;
    [[nodiscard]] std::string clear() const;

    // The cookie that a browser kept from before a domain was set, by its __Host- name: none for other names. It is no
    // session here, but it would be one again without the domain: signing in or out ends and clears it.
    [[nodiscard]] PresentedCookies read_former(const web::Request& request) const;
    [[nodiscard]] std::string clear_former() const;

    // The token that a page must send along with what changes something; bound to the session, stored nowhere.
    [[nodiscard]] crypto::Mac csrf_token(std::string_view token) const noexcept { return csrf_keys_.sign(token); }
    [[nodiscard]] bool is_csrf_token(std::string_view token, std::string_view presented) const noexcept {
        return csrf_keys_.verify(token, presented);
    }

private:
    [[nodiscard]] PresentedCookies read(const web::Request& request, std::string_view name) const;

    CookieConfig config_;
    std::string former_name_;  // empty: none
    crypto::KeyRing cookie_keys_;
    crypto::KeyRing csrf_keys_;
};

}  // namespace gatehouse::gateway
