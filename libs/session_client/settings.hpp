// What every service that asks the session service is told of it, read alike by all.
#pragma once

#include <string>
#include <string_view>

#include "base/settings.hpp"
#include "proto/app_env.hpp"
#include "session_client/session_client.hpp"

namespace gatehouse::session_client {

struct ServerUrl {
    Endpoint at;
    proto::Link link = proto::Link::plain;
};
// An item of SESSION_URL: "https://HOST:PORT", "http://HOST:PORT", "HOST:PORT" or "unix:PATH". invalid_input: it is
// none; the detail continues a sentence that began with the variable's name.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view text);

// SESSION_URL (one address or several; 127.0.0.1:8081 without it) and SESSION_CREDENTIAL, or SESSION_CREDENTIAL_FILE;
// SESSION_CA_FILE, SESSION_CLIENT_CERT_FILE and SESSION_CLIENT_KEY_FILE where SESSION_URL says https.
// `make_credential`: what stands behind `gatehousectl credentials new` to make the right one, for whoever has none.
// What is wrong is in settings.mistakes(); then the result must not be used.
[[nodiscard]] Options read_options(Settings& settings, proto::AppEnv env, std::string_view make_credential);

// SESSION_COOKIE_NAME, or by SESSION_COOKIE_SECURE, COOKIE_DOMAIN and `env` the name that the gateway gives the cookie:
// a service that reads the cookie itself is told the same of these as the gateway.
[[nodiscard]] std::string read_cookie_name(Settings& settings, proto::AppEnv env);

// What SESSION_CREDENTIAL_FILE holds now, for a SIGHUP. invalid_input: it cannot be read, or holds no credential.
[[nodiscard]] Result<Secret> read_credential_file(const std::string& path);

}  // namespace gatehouse::session_client
