#include "gateway/guard/session_cookie.hpp"

#include <algorithm>
#include <utility>

#include "crypto/token.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::string_view kHostPrefix = "__Host-";
constexpr std::string_view kSecurePrefix = "__Secure-";

// What production called the cookie before it had a domain.
std::string former_name(const CookieConfig& config) {
    if (config.domain.empty() || !config.name.starts_with(kSecurePrefix)) return {};
    return std::string(kHostPrefix).append(config.name, kSecurePrefix.size());
}

}  // namespace

SessionCookie::SessionCookie(CookieConfig config, crypto::KeyRing cookie_keys, crypto::KeyRing csrf_keys)
    : config_(std::move(config)),
      former_name_(former_name(config_)),
      cookie_keys_(std::move(cookie_keys)),
      csrf_keys_(std::move(csrf_keys)) {}

PresentedCookies SessionCookie::read(const web::Request& request, std::string_view name) const {
    PresentedCookies found;
    const auto values = web::cookie_values(request, name);
    for (const std::string_view value : values) {
        const auto token = crypto::token_of_cookie(value);
        if (!token || value.size() != crypto::kTokenLength + 1 + crypto::Mac::kLength) continue;
        if (!cookie_keys_.verify(*token, value.substr(crypto::kTokenLength + 1))) continue;
        // While keys are rotated one token may come under two MACs: that is one session.
        if (std::ranges::find(found.tokens, *token) == found.tokens.end()) found.tokens.push_back(*token);
    }
    found.any = !values.empty();
    found.ambiguous = name.starts_with(kHostPrefix) ? values.size() > 1 : found.tokens.size() > 1;
    return found;
}

PresentedCookies SessionCookie::read(const web::Request& request) const { return read(request, config_.name); }

PresentedCookies SessionCookie::read_former(const web::Request& request) const {
    return former_name_.empty() ? PresentedCookies{} : read(request, former_name_);
}

std::string SessionCookie::issue(std::string_view token) const {
    std::string value;
    value.reserve(token.size() + 1 + crypto::Mac::kLength);
    value.append(token).append(".").append(cookie_keys_.sign(token).view());
    auto header = web::set_cookie(config_.name, value, {config_.secure, config_.lifetime, config_.domain});
    wipe(value);
    return header;
}

std::string SessionCookie::clear() const {
    return web::set_cookie(config_.name, "", {config_.secure, std::chrono::seconds(0), config_.domain});
}

std::string SessionCookie::clear_former() const { return web::set_cookie(former_name_, "", {}); }

}  // namespace gatehouse::gateway
