#include "gateway/guard/session_cookie.hpp"

#include <algorithm>
#include <utility>

#include "crypto/token.hpp"
#include "web/cookie.hpp"

namespace gatehouse::gateway {

SessionCookie::SessionCookie(std::string name, bool secure, std::chrono::seconds lifetime, crypto::KeyRing cookie_keys,
                             crypto::KeyRing csrf_keys)
    : name_(std::move(name)),
      secure_(secure),
      lifetime_(lifetime),
      cookie_keys_(std::move(cookie_keys)),
      csrf_keys_(std::move(csrf_keys)) {}

PresentedCookies SessionCookie::read(const web::Request& request) const {
    PresentedCookies found;
    const auto values = web::cookie_values(request, name_);
    for (const std::string_view value : values) {
        const auto token = crypto::token_of_cookie(value);
        if (!token || value.size() != crypto::kTokenLength + 1 + crypto::Subkey::kMacLength) continue;
        if (!cookie_keys_.verify(*token, value.substr(crypto::kTokenLength + 1))) continue;
        // While keys are rotated one token may come under two MACs: that is one session.
        if (std::ranges::find(found.tokens, *token) == found.tokens.end()) found.tokens.push_back(*token);
    }
    found.any = !values.empty();
    const bool only_ours = name_.starts_with("__Host-");
    found.ambiguous = only_ours ? values.size() > 1 : found.tokens.size() > 1;
    return found;
}

std::string SessionCookie::issue(std::string_view token) const {
    std::string value;
    value.reserve(token.size() + 1 + crypto::Subkey::kMacLength);
    value.append(token).append(".").append(cookie_keys_.sign(token));
    auto header = web::set_cookie(name_, value, {secure_, lifetime_});
    wipe(value);
    return header;
}

std::string SessionCookie::clear() const { return web::set_cookie(name_, "", {secure_, std::chrono::seconds(0)}); }

}  // namespace gatehouse::gateway
