#include "ctl/target.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "crypto/service_credential.hpp"
#include "session_client/settings.hpp"

namespace gatehouse::ctl {

namespace {

constexpr const char* kDefaultUrl = "127.0.0.1:8081";
constexpr const char* kFileOfDataDirectory = "gatehouse.env";
constexpr const char* kMakeCredential =
    "make one with `gatehousectl credentials new ops --scopes admin`, add the entry to the service's "
    "SERVICE_CREDENTIALS and "
    "put the credential into GATEHOUSECTL_CREDENTIAL, or use --data DIR of a service that deploy/run started";

const std::string* find(const Environment& environment, std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

Answer<Secret> read_credential_file(const std::string& path, std::string_view source) {
    auto found = session_client::read_credential_file(path);
    if (found) return *std::move(found);
    return problem(ExitCode::usage, fmt::format("{} (named by {})", found.error().detail, source), kMakeCredential);
}

Answer<Secret> find_credential(const Common& common, const Environment& environment) {
    if (!common.credential_file.empty()) return read_credential_file(common.credential_file, "--credential-file");
    if (const auto* text = find(environment, "GATEHOUSECTL_CREDENTIAL")) {
        if (crypto::credential_name(*text)) return Secret(std::string_view(*text));
        return problem(ExitCode::usage, "GATEHOUSECTL_CREDENTIAL does not hold a credential (ghs_<name>_…)",
                       kMakeCredential);
    }
    if (const auto* path = find(environment, "GATEHOUSECTL_CREDENTIAL_FILE")) {
        return read_credential_file(*path, "GATEHOUSECTL_CREDENTIAL_FILE");
    }
    return problem(ExitCode::denied,
                   "no admin credential: neither --credential-file, --data nor GATEHOUSECTL_CREDENTIAL",
                   kMakeCredential);
}

Answer<Environment> usable(Result<Environment> environment) {
    if (!environment) return problem(ExitCode::usage, environment.error().detail);
    return std::move(*environment);
}

web::TlsClientFiles tls_files(const Environment& environment) {
    const auto file = [&](std::string_view name) {
        const auto* found = find(environment, name);
        return found ? *found : std::string();
    };
    return {file("SESSION_CA_FILE"), file("SESSION_CLIENT_CERT_FILE"), file("SESSION_CLIENT_KEY_FILE")};
}

}  // namespace

Answer<Environment> environment_for(const Common& common) {
    if (common.data.empty()) {
        auto environment = usable(read_environment());
        const auto beside = std::filesystem::path("data") / kFileOfDataDirectory;
        std::error_code ignored;
        if (!environment || find(*environment, "SESSION_URL") || find(*environment, "GATEHOUSECTL_CREDENTIAL") ||
            find(*environment, "GATEHOUSECTL_CREDENTIAL_FILE") || !common.url.empty() ||
            !std::filesystem::exists(beside, ignored)) {
            return environment;
        }
        return usable(read_environment(beside.string()));
    }
    const auto file = std::filesystem::path(common.data) / kFileOfDataDirectory;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return problem(ExitCode::usage, fmt::format("{} does not exist", file.string()),
                       fmt::format("is that the data directory? start a service with: deploy/run --detach --data {}",
                                   common.data));
    }
    // The directory was named: what is exported may be another service's.
    return usable(read_dotenv(file.string()));
}

Answer<Service> find_service(std::string_view text, const Environment& environment) {
    text = text.substr(0, text.find(','));
    auto url = session_client::parse_server_url(text);
    if (!url) {
        return problem(ExitCode::usage, fmt::format("{} is no address of a service: it {}", text, url.error().detail),
                       "write HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:/PATH");
    }
    if (!url->at.is_unix() && url->at.host.empty()) url->at.host = "127.0.0.1";
    Service service{std::move(url->at)};
    if (url->link == proto::Link::plain) return service;
    auto files = tls_files(environment);
    if (files.certificate.empty() != files.key.empty()) {
        return problem(ExitCode::usage, "SESSION_CLIENT_CERT_FILE and SESSION_CLIENT_KEY_FILE belong together",
                       "set both, or neither");
    }
    auto tls = web::TlsClientContext::load(std::move(files));
    if (!tls) {
        return problem(ExitCode::usage, tls.error().detail,
                       "SESSION_CA_FILE, SESSION_CLIENT_CERT_FILE and SESSION_CLIENT_KEY_FILE name the files");
    }
    service.tls = *std::move(tls);
    return service;
}

Answer<Target> find_target(const Common& common, const Environment& environment) {
    std::string url = common.url;
    if (url.empty()) {
        const auto* found = find(environment, "SESSION_URL");
        url = found ? *found : kDefaultUrl;
    }
    auto service = find_service(url, environment);
    if (!service) return std::unexpected(std::move(service).error());
    auto credential = find_credential(common, environment);
    if (!credential) return std::unexpected(std::move(credential).error());
    return Target{std::move(*service), std::move(*credential)};
}

}  // namespace gatehouse::ctl
