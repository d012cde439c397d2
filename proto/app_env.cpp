#include "proto/app_env.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace gatehouse::proto {
namespace {

constexpr std::string_view kDevelopmentKey = "gatehouse development key: not a secret, refused in production";

AppEnv parse(std::string_view name) {
    if (name == "development") return AppEnv::development;
    if (name == "testing") return AppEnv::testing;
    return AppEnv::production;
}

std::vector<Secret> read_fallbacks(Settings& settings, AppEnv env) {
    std::vector<Secret> keys;
    const std::optional<Secret> joined = settings.secret("SECRET_KEY_FALLBACKS");
    std::string_view rest = joined ? joined->view() : std::string_view();
    while (!rest.empty()) {
        const std::string_view key = take_item(rest);
        if (key.empty()) continue;
        if (env == AppEnv::production && (key.size() < kSecretKeyBytes || is_sample_key(key))) {
            settings.mistake("SECRET_KEY_FALLBACKS", "holds a key that is too short or a sample; drop it");
        }
        keys.emplace_back(key);
    }
    return keys;
}

}  // namespace

std::string_view to_string(AppEnv env) noexcept {
    switch (env) {
        case AppEnv::development:
            return "development";
        case AppEnv::testing:
            return "testing";
        case AppEnv::production:
            return "production";
    }
    return "production";
}

AppEnv read_app_env(Settings& settings) {
    const auto read = [&](std::string_view name) -> std::optional<AppEnv> {
        if (!settings.text(name)) return std::nullopt;
        return parse(settings.choice(name, "production", {"development", "testing", "production"}));
    };
    const std::optional<AppEnv> flask = read("FLASK_ENV");
    const std::optional<AppEnv> app = read("APP_ENV");
    if (app && flask && *app != *flask) settings.mistake("APP_ENV", "and FLASK_ENV differ; keep one of them");
    if (app || flask) return app ? *app : *flask;
    static_cast<void>(settings.choice("APP_ENV", "production", {"development", "testing", "production"}));  // shown
    return AppEnv::production;
}

SecretKeys read_secret_keys(Settings& settings, AppEnv env) {
    SecretKeys keys;
    std::optional<Secret> current = settings.secret("SECRET_KEY");
    keys.fallbacks = read_fallbacks(settings, env);
    if (!current) {
        if (env == AppEnv::production && !settings.is_secret_set("SECRET_KEY")) {
            settings.mistake("SECRET_KEY", "is missing; make one with: openssl rand -base64 48");
        }
        keys.current = Secret(kDevelopmentKey);
        return keys;
    }
    if (env == AppEnv::production && current->view().size() < kSecretKeyBytes) {
        settings.mistake("SECRET_KEY", "is shorter than 32 bytes; make one with: openssl rand -base64 48");
    } else if (env == AppEnv::production && is_sample_key(current->view())) {
        settings.mistake("SECRET_KEY", "is a sample that everybody knows; make one with: openssl rand -base64 48");
    }
    keys.current = *std::move(current);
    return keys;
}

UserStoreKind read_user_store(Settings& settings) {
    const bool has_server = settings.is_set("DB_HOST") || settings.is_set("DB_SOCKET");
    const std::string kind = settings.choice("USER_STORE", has_server ? "mysql" : "sqlite", {"sqlite", "mysql"});
    // Not DB_PORT, which Kubernetes sets wherever a service is named db.
    constexpr std::array<std::string_view, 4> kOfServers{"DB_USER", "DB_PASSWORD", "DB_PASSWORD_FILE", "DB_NAME"};
    const auto* set = std::ranges::find_if(kOfServers, [&](std::string_view name) { return settings.is_set(name); });
    if (set != kOfServers.end() && !has_server && !settings.is_set("USER_STORE")) {
        settings.mistake("DB_HOST", "is missing while " + std::string(*set) +
                                        " is set: name the server (DB_HOST or DB_SOCKET), or say USER_STORE=sqlite");
    }
    return kind == "mysql" ? UserStoreKind::mysql : UserStoreKind::sqlite;
}

bool is_sample_key(std::string_view key) noexcept {
    if (key.empty() || key == kDevelopmentKey) return true;
    if (std::ranges::all_of(key, [&](char c) { return c == key.front(); })) return true;
    // Whole words of the samples that tutorials and .env.example files hold.
    constexpr std::array<std::string_view, 9> kWords{"change-me",   "change_me",   "changeme",
                                                     "change-this", "change_this", "your-secret",
                                                     "your_secret", "secret-key",  "secret_key"};
    return std::ranges::any_of(kWords, [&](std::string_view word) {
        const auto same = [](char a, char b) { return lower(a) == b; };
        return !std::ranges::search(key, word, same).empty();
    });
}

bool stays_on_this_host(const Endpoint& endpoint) noexcept {
    if (endpoint.is_unix()) return true;
    const std::string_view host = endpoint.host;
    if (host == "localhost" || host == "::1") return true;
    // A name that begins like that is no address: every character must be a digit or a dot.
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

void require_private_link(Settings& settings, AppEnv env, std::string_view name, const Endpoint& endpoint, Link link) {
    const bool allowed = settings.choice("INTERNAL_PLAINTEXT", "refuse", {"refuse", "allow"}) == "allow";
    if (env != AppEnv::production || allowed || link == Link::tls || stays_on_this_host(endpoint)) return;
    settings.mistake(
        name,
        "would send passwords over a network without TLS; set SESSION_TLS_CERT_FILE and SESSION_TLS_KEY_FILE "
        "at the session service and write https:// into SESSION_URL, or use a loopback address or "
        "unix:PATH, or, on a network that you trust, set INTERNAL_PLAINTEXT=allow");
}

}  // namespace gatehouse::proto
