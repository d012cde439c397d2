// Which service is meant, and with which credential.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "base/settings.hpp"
#include "ctl/commands.hpp"
#include "ctl/problem.hpp"

namespace gatehouse::ctl {

struct Target {
    Endpoint service;
    Secret credential;
};

// The environment of the process, completed by .env, or by what --data names; that file beats the environment, because
// it was asked for.
[[nodiscard]] Answer<Environment> environment_for(const Common& common);

// The session service's internal API. usage: an address or file that cannot be read; denied: no credential anywhere.
[[nodiscard]] Answer<Target> find_target(const Common& common, const Environment& environment);

// "http://127.0.0.1:8081/", "127.0.0.1:8081", "unix:/run/gatehouse/session.sock"; the first of several with commas.
[[nodiscard]] Answer<Endpoint> parse_service_url(std::string_view text);

}  // namespace gatehouse::ctl
