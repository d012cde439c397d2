#include "session_client/settings.hpp"

#include <string>
#include <utility>

#include "crypto/service_credential.hpp"
#include "web/server_settings.hpp"

namespace gatehouse::session_client {
namespace {

struct Servers {
    std::vector<Endpoint> at;
    proto::Link link = proto::Link::plain;  // of all
};

Servers servers(Settings& settings, proto::AppEnv env) {
    constexpr std::string_view name = "SESSION_URL";
    Servers all;
    auto items = settings.list(name);
    if (items.empty()) items.emplace_back("127.0.0.1:8081");
    for (const std::string& item : items) {
        auto parsed = parse_server_url(item);
        if (!parsed) {
            settings.mistake(name, parsed.error().detail);
            continue;
        }
        if (!parsed->at.is_unix() && parsed->at.port == 0) {
            settings.mistake(name, "has an address without a port: nobody can be asked on port 0");
            continue;
        }
        if (!all.at.empty() && all.link != parsed->link) {
            settings.mistake(name, "has addresses with https:// and without: write it before all or before none");
        }
        all.link = parsed->link;
        proto::require_private_link(settings, env, name, parsed->at, parsed->link);
        all.at.push_back(std::move(parsed->at));
    }
    return all;
}

// Whose file is it that a failure to load names first?
std::string_view variable_of(const web::TlsClientFiles& files, std::string_view detail) {
    const auto names = [&](const std::string& file) { return !file.empty() && detail.starts_with(file + ":"); };
    if (names(files.certificate)) return "SESSION_CLIENT_CERT_FILE";
    return names(files.key) ? "SESSION_CLIENT_KEY_FILE" : "SESSION_CA_FILE";
}

std::shared_ptr<web::TlsClientContext> tls(Settings& settings, proto::Link link) {
    constexpr std::string_view ca = "SESSION_CA_FILE";
    web::TlsClientFiles files{settings.text(ca, "")};
    const auto own = web::read_tls_files(settings, "SESSION_CLIENT_CERT_FILE", "SESSION_CLIENT_KEY_FILE");
    if (link == proto::Link::plain) {
        constexpr std::string_view useless = "is set, but SESSION_URL does not say https://";
        if (!files.authorities.empty()) settings.mistake(ca, useless);
        if (own) settings.mistake("SESSION_CLIENT_CERT_FILE", useless);
        return nullptr;
    }
    if (own) {
        if (own->certificate.empty() || own->key.empty()) return nullptr;  // that is a mistake already
        files.certificate = own->certificate;
        files.key = own->key;
    }
    auto loaded = web::TlsClientContext::load(files);
    if (loaded) return *std::move(loaded);
    const auto& detail = loaded.error().detail;
    settings.mistake(variable_of(files, detail), "is of no use: " + detail);
    return nullptr;
}

Secret credential(Settings& settings, std::string_view make_credential) {
    auto found = settings.secret("SESSION_CREDENTIAL");
    if (!settings.is_secret_set("SESSION_CREDENTIAL")) {
        settings.mistake("SESSION_CREDENTIAL",
                         "is missing; make one with: gatehousectl credentials new " + std::string(make_credential));
    }
    if (!found) return {};
    if (!crypto::credential_name(found->view())) {
        settings.mistake("SESSION_CREDENTIAL", "is not a credential of the form ghs_<name>_<43 characters>");
    }
    return *std::move(found);
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
    constexpr std::string_view http = "http://";
    constexpr std::string_view https = "https://";
    ServerUrl url;
    const bool has_scheme = text.starts_with(http) || text.starts_with(https);
    if (text.starts_with(https)) url.link = proto::Link::tls;
    if (has_scheme) text.remove_prefix(text.find("//") + 2);
    if (!text.starts_with("unix:") && text.ends_with('/')) text.remove_suffix(1);
    auto parsed = parse_endpoint(text);
    if (!parsed) return std::unexpected(std::move(parsed).error());
    if (has_scheme && parsed->is_unix())
        return fail(Errc::invalid_input, "has http before unix: write unix:PATH alone");
    if (url.link == proto::Link::tls && parsed->host.empty())
        return fail(Errc::invalid_input, "names no host behind https://, for which a certificate could be");
    url.at = *std::move(parsed);
    return url;
}

Options read_options(Settings& settings, proto::AppEnv env, std::string_view make_credential) {
    Options options;
    auto [at, link] = servers(settings, env);
    options.servers = std::move(at);
    options.tls = tls(settings, link);
    options.credential = credential(settings, make_credential);
    options.credential_file = settings.text("SESSION_CREDENTIAL_FILE", "");
    return options;
}

std::string read_cookie_name(Settings& settings, proto::AppEnv env) {
    const bool production = env == proto::AppEnv::production;
    const bool secure = settings.flag("SESSION_COOKIE_SECURE", production);
    const bool has_domain = !settings.text("COOKIE_DOMAIN", "").empty();
    // The prefixes are promises that browsers hold a site to: draft-ietf-httpbis-rfc6265bis, section 4.1.3.
    const char* name = has_domain && secure ? "__Secure-session" : production ? "__Host-session" : "session";
    return settings.text("SESSION_COOKIE_NAME", name);
}

Result<Secret> read_credential_file(const std::string& path) {
    auto found = read_secret_file(path);
    if (!found) return fail(Errc::invalid_input, path + " " + found.error().detail);
    if (!crypto::credential_name(found->view()))
        return fail(Errc::invalid_input, path + " does not hold a credential of the form ghs_<name>_<43 characters>");
    return found;
}

}  // namespace gatehouse::session_client
