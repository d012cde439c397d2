// Everything that the gateway is told from outside, read once at start. All mistakes are reported together. It never
// reads DB_* or REDIS_URL: it owns no database.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/io_threads.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/settings.hpp"
#include "gateway/guard/csrf.hpp"
#include "gateway/guard/identity_headers.hpp"
#include "gateway/guard/rate_limit.hpp"
#include "gateway/guard/return_to.hpp"
#include "gateway/guard/session_cookie.hpp"
#include "proto/app_env.hpp"
#include "redis/options.hpp"
#include "session_client/session_client.hpp"
#include "web/server.hpp"
#include "web/trusted_proxies.hpp"

namespace gatehouse::gateway {

// What proxies are told that ask whether a request may pass.
struct ForwardAuthConfig {
    std::string login_url;  // where a navigation without a session is sent; empty: nowhere, it is refused
    IdentityHeaders headers = IdentityHeaders::remote;
};

struct Config {
    proto::AppEnv env = proto::AppEnv::production;
    proto::SecretKeys keys;
    web::ServerOptions server;
    std::optional<web::TlsFiles> tls;         // empty: GATEWAY_LISTEN speaks plain HTTP
    std::optional<Endpoint> redirect_listen;  // answers plain HTTP with the way to HTTPS
    Endpoint admin_listen;
    IoOptions io;
    session_client::Options sessions;
    CookieConfig cookie;
    OriginRules origins;
    ReturnTargets return_targets;  // where a sign-in may lead back to
    ForwardAuthConfig forward_auth;
    web::TrustedProxies proxies;
    std::optional<RateQuota> login_rate;        // empty: off
    std::optional<redis::Options> login_redis;  // where all gateways count together; empty: each by itself
    std::size_t address_entries = 65536;
    int anonymous_status = 401;  // of /auth/check without a session
    bool pages = true;           // the sign-in page and what belongs to it
    std::string xss_protection;  // empty: no such header
    std::size_t password_least_code_points = 8;
    std::chrono::milliseconds check_timeout{1000};
    std::chrono::milliseconds drain_timeout{10'000};
    log::Level log_level = log::Level::info;
    std::size_t log_queue = 8192;
    bool access_log = true;
};

// Reads all of it. What is wrong is in settings.mistakes(); then the result must not be used.
[[nodiscard]] Config read_config(Settings& settings);

}  // namespace gatehouse::gateway
