// The session cookie: token + '.' + MAC. The MAC lets a forged cookie end here, without a hop to the session service.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_ring.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

// What a request's cookies say.
struct PresentedCookies {
    std::vector<std::string_view> tokens;  // with a valid MAC; borrowed from the request
    bool ambiguous = false;                // more than one that counts: no telling which the user meant
    bool any = false;                      // a cookie of that name came at all
};

class SessionCookie {
public:
    // `name` with the prefix __Host- must be secure and counts every value, valid or not: nobody but us can have set
    // one.
    SessionCookie(std::string name, bool secure, std::chrono::seconds lifetime, crypto::KeyRing cookie_keys,
                  crypto::KeyRing csrf_keys);

    [[nodiscard]] PresentedCookies read(const web::Request& request) const;

    // Values of a Set-Cookie header.
    [[nodiscard]] std::string issue(std::string_view token) const;
    [[nodiscard]] std::string clear() const;

    // The token that a page must send along with what changes something; bound to the session, stored nowhere.
    [[nodiscard]] std::string csrf_token(std::string_view token) const { return csrf_keys_.sign(token); }
    [[nodiscard]] bool is_csrf_token(std::string_view token, std::string_view presented) const noexcept {
        return csrf_keys_.verify(token, presented);
    }

private:
    std::string name_;
    bool secure_;
    std::chrono::seconds lifetime_;
    crypto::KeyRing cookie_keys_;
    crypto::KeyRing csrf_keys_;
};

}  // namespace gatehouse::gateway
