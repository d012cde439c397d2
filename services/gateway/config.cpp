#include "gateway/config.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gateway/guard/cookie_domain.hpp"
#include "session_client/settings.hpp"
#include "web/head_rules.hpp"
#include "web/server_settings.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using proto::AppEnv;

// "https://login.example.org", "http://localhost:3000": scheme and host, nothing behind, as browsers send Origin.
bool is_origin(std::string_view text) {
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return false;
    const auto scheme = text.substr(0, scheme_end);
    return (scheme == "https" || scheme == "http") && web::is_valid_host(text.substr(scheme_end + 3)) &&
           std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

OriginRules origins(Settings& settings) {
    constexpr std::string_view form =
        "is not an origin: write https://host or https://host:port, in lower case, without a path";
    OriginRules rules{settings.text("PUBLIC_ORIGIN", ""), settings.list("ALLOWED_ORIGINS")};
    if (!rules.public_origin.empty() && !is_origin(rules.public_origin)) settings.mistake("PUBLIC_ORIGIN", form);
    for (const auto& origin : rules.allowed_origins) {
        if (!is_origin(origin))
            settings.mistake("ALLOWED_ORIGINS", "has an item that " + std::string(form) + ": " + origin);
    }
    return rules;
}

ReturnTargets return_targets(Settings& settings, const OriginRules& origins) {
    ReturnTargets targets;
    if (is_origin(origins.public_origin)) targets.add(origins.public_origin);
    for (const auto& item : settings.list("RETURN_TO_ORIGINS")) {
        if (targets.add(item)) continue;
        settings.mistake("RETURN_TO_ORIGINS",
                         "has an item that is not an origin: write https://host, https://host:port "
                         "or https://*.domain, without a path: " +
                             item);
    }
    return targets;
}

ForwardAuthConfig forward_auth(Settings& settings, const OriginRules& origins, bool pages) {
    constexpr std::string_view name = "FORWARD_AUTH_LOGIN_URL";
    ForwardAuthConfig config;
    const bool has_own = pages && is_origin(origins.public_origin);  // one that is none is a mistake already
    const auto page = settings.text(name, has_own ? origins.public_origin + "/login" : "off");
    if (page != "off") config.login_url = page;
    if (page != "off" && !is_page_url(page)) {
        settings.mistake(name, "is neither off nor an address such as https://login.example.org/login");
    }
    const auto headers = settings.choice("FORWARD_AUTH_HEADERS", "remote", {"remote", "x-auth-request", "both"});
    if (headers == "x-auth-request") config.headers = IdentityHeaders::x_auth_request;
    if (headers == "both") config.headers = IdentityHeaders::both;
    return config;
}

void check_cookie_name(Settings& settings, const CookieConfig& cookie) {
    constexpr std::string_view name = "SESSION_COOKIE_NAME";
    const auto is_good = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    };
    if (cookie.name.empty() || !std::ranges::all_of(cookie.name, is_good)) {
        settings.mistake(name, "may hold letters, digits, _ and - only");
    }
    if (cookie.name.starts_with("__") && !cookie.secure) {
        settings.mistake(name, "has a prefix that browsers accept on secure cookies only");
    }
    constexpr std::string_view host_only = "__Host-";
    if (!cookie.domain.empty() && equals_ignoring_case(cookie.name.substr(0, host_only.size()), host_only)) {
        settings.mistake(name, "has a prefix that forbids COOKIE_DOMAIN: write __Secure-session, or drop one of both");
    }
}

CookieConfig cookie(Settings& settings, AppEnv env, const OriginRules& origins) {
    const bool production = env == AppEnv::production;
    CookieConfig config;
    config.domain = settings.text("COOKIE_DOMAIN", "");
    config.secure = settings.flag("SESSION_COOKIE_SECURE", production);
    config.name = session_client::read_cookie_name(settings, env);
    config.lifetime = std::chrono::duration_cast<std::chrono::seconds>(
        settings.duration("SESSION_ABSOLUTE_MAX_AGE", 24h, 1s, 1s, 24h * 366));
    check_cookie_name(settings, config);
    if (production && !config.secure) {
        settings.mistake("SESSION_COOKIE_SECURE",
                         "is off: in production the cookie would travel unencrypted; drop the variable");
    }
    if (!config.domain.empty()) {
        const auto wrong = wrong_with_cookie_domain(config.domain, origins.public_origin);
        if (!wrong.empty()) settings.mistake("COOKIE_DOMAIN", wrong);
    }
    return config;
}

// Without TLS there is nothing to lead to.
std::optional<Endpoint> redirect_listen(Settings& settings, bool tls) {
    constexpr std::string_view name = "GATEWAY_REDIRECT_LISTEN";
    const auto text = settings.text(name, "");
    if (text.empty()) return std::nullopt;
    if (!tls) settings.mistake(name, "leads to HTTPS, which is not spoken: set TLS_CERT_FILE and TLS_KEY_FILE");
    return web::read_endpoint(settings, name, "127.0.0.1:8080");
}

std::optional<RateQuota> login_rate(Settings& settings) {
    const auto text = settings.text("LOGIN_RATE_LIMIT", "60/1m");
    if (text == "off") return std::nullopt;
    auto quota = parse_rate_quota(text);
    if (!quota) settings.mistake("LOGIN_RATE_LIMIT", "is neither off nor of the form 60/1m");
    return quota;
}

std::optional<redis::Options> login_redis(Settings& settings) {
    constexpr std::string_view name = "RATE_LIMIT_REDIS_URL";
    constexpr auto patience = 100ms;  // then this gateway decides by itself
    const auto url = settings.secret(name);
    if (!url) return std::nullopt;
    auto options = redis::parse_redis_url(url->view());
    if (!options) {
        settings.mistake(name, options.error().detail);
        return std::nullopt;
    }
    options->command_timeout = patience;
    return *std::move(options);
}

// The seed's header, as it was; "0" and "" are what browsers recommend today.
std::string xss_protection(Settings& settings) {
    auto value = settings.text("X_XSS_PROTECTION", "1; mode=block");
    if (std::ranges::any_of(value, [](char c) { return c < 0x20 || c > 0x7e; })) {
        settings.mistake("X_XSS_PROTECTION", "holds characters that no header may have");
    }
    return value;
}

}  // namespace

Config read_config(Settings& settings) {
    Config config;
    config.env = proto::read_app_env(settings);
    config.keys = proto::read_secret_keys(settings, config.env);
    config.server = web::read_server_options(settings);
    config.server.listen = {web::read_endpoint(settings, "GATEWAY_LISTEN", "127.0.0.1:8080")};
    config.tls = web::read_tls_files(settings, "TLS_CERT_FILE", "TLS_KEY_FILE");
    config.redirect_listen = redirect_listen(settings, config.tls.has_value());
    config.admin_listen = web::read_endpoint(settings, "GATEWAY_ADMIN_LISTEN", "127.0.0.1:9101");
    config.server.request_timeout = settings.duration("LOGIN_TIMEOUT", 5s, 1s, 100ms, 10min);
    config.check_timeout = settings.wait("CHECK_TIMEOUT", 1s);
    config.drain_timeout = settings.wait("DRAIN_TIMEOUT", 10s);
    config.io = web::read_io_options(settings);
    config.sessions = session_client::read_options(settings, config.env, "gateway --scopes login,introspect,revoke");
    config.origins = origins(settings);
    config.cookie = cookie(settings, config.env, config.origins);
    config.return_targets = return_targets(settings, config.origins);
    config.pages = settings.flag("PAGES", true);
    config.forward_auth = forward_auth(settings, config.origins, config.pages);
    config.proxies = web::read_trusted_proxies(settings, "TRUSTED_PROXIES");
    config.login_rate = login_rate(settings);
    config.login_redis = login_redis(settings);
    config.address_entries = settings.count("ADDRESS_LIMIT_ENTRIES", 65536, 8, 16'777'216);
    config.anonymous_status = settings.choice("CHECK_ANONYMOUS_STATUS", "401", {"401", "200"}) == "200" ? 200 : 401;
    config.xss_protection = xss_protection(settings);
    config.password_least_code_points = settings.count("LOGIN_PASSWORD_MIN", 8, 1, 256);
    config.log_level = web::read_log_level(settings);
    config.log_queue = settings.count("LOG_QUEUE", 8192, 16, 1'000'000);
    config.access_log = settings.flag("ACCESS_LOG", true);
    return config;
}

}  // namespace gatehouse::gateway
