// Which service is meant, and with which credential.
#pragma once

#include <memory>
#include <string>

#include "base/secret.hpp"
#include "base/settings.hpp"
#include "ctl/commands.hpp"
#include "ctl/problem.hpp"
#include "web/tls.hpp"

namespace gatehouse::ctl {

// Where, and how it is spoken to.
struct Service {
    Endpoint at;
    std::shared_ptr<web::TlsClientContext> tls{};  // null: plain HTTP
};

struct Target {
    Service service;
    Secret credential;
};

// The environment of the process, completed by .env, or by what --data names; that file beats the environment, because
// it was asked for.
[[nodiscard]] Answer<Environment> environment_for(const Common& common);

// The session service's internal API. usage: an address or file that cannot be read; denied: no credential anywhere.
[[nodiscard]] Answer<Target> find_target(const Common& common, const Environment& environment);

// "http://127.0.0.1:8081/", "127.0.0.1:8081", "unix:/run/gatehouse/session.sock"; the first of several with commas.
// "https://…": with SESSION_CA_FILE, SESSION_CLIENT_CERT_FILE and SESSION_CLIENT_KEY_FILE of `environment`, which are
// read here. usage: it is none, or a file is of no use.
[[nodiscard]] Answer<Service> find_service(std::string_view text, const Environment& environment);

}  // namespace gatehouse::ctl
