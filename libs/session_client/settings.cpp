#include "session_client/settings.hpp"

#include <string>
#include <utility>

#include "crypto/service_credential.hpp"

namespace gatehouse::session_client {
namespace {

std::vector<Endpoint> servers(Settings& settings, proto::AppEnv env) {
    std::vector<Endpoint> urls;
    auto items = settings.list("SESSION_URL");
    if (items.empty()) items.emplace_back("127.0.0.1:8081");
    for (std::string& item : items) {
        if (item.starts_with("http://")) item.erase(0, 7);
        if (item.ends_with('/') && !item.starts_with("unix:")) item.pop_back();
        const auto parsed = parse_endpoint(item);
        if (!parsed) {
            settings.mistake("SESSION_URL", parsed.error().detail);
            continue;
        }
        if (!parsed->is_unix() && parsed->port == 0) {
            settings.mistake("SESSION_URL", "has an address without a port: nobody can be asked on port 0");
            continue;
        }
        proto::require_private_link(settings, env, "SESSION_URL", *parsed);
        urls.push_back(*parsed);
    }
    return urls;
}

Secret credential(Settings& settings, std::string_view make_credential) {
    auto found = settings.secret("SESSION_CREDENTIAL");
    if (!found) {
        settings.mistake("SESSION_CREDENTIAL",
                         "is missing; make one with: gatehousectl credentials new " + std::string(make_credential));
        return {};
    }
    if (!crypto::credential_name(found->view())) {
        settings.mistake("SESSION_CREDENTIAL", "is not a credential of the form ghs_<name>_<43 characters>");
    }
    return *std::move(found);
}

}  // namespace

Options read_options(Settings& settings, proto::AppEnv env, std::string_view make_credential) {
    Options options;
    options.servers = servers(settings, env);
    options.credential = credential(settings, make_credential);
    return options;
}

std::string read_cookie_name(Settings& settings, proto::AppEnv env) {
    return settings.text("SESSION_COOKIE_NAME", env == proto::AppEnv::production ? "__Host-session" : "session");
}

}  // namespace gatehouse::session_client
