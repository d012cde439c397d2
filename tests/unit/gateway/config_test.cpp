#include "gateway/config.hpp"

#include <algorithm>

#include "proto/variables.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* kKey = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
const std::string kCredential = "ghs_gateway_" + std::string(43, 'A');

Environment with(Environment env, std::initializer_list<std::pair<std::string, std::string>> more) {
    for (const auto& [name, value] : more) env[name] = value;
    return env;
}
Environment production(std::initializer_list<std::pair<std::string, std::string>> more = {}) {
    return with({{"SECRET_KEY", kKey}, {"SESSION_CREDENTIAL", kCredential}}, more);
}
Environment development(std::initializer_list<std::pair<std::string, std::string>> more = {}) {
    return with({{"APP_ENV", "development"}, {"SESSION_CREDENTIAL", kCredential}}, more);
}

struct Read {
    explicit Read(Environment env)
        : settings(std::move(env), proto::known_variables()), config(read_config(settings)) {}
    [[nodiscard]] std::vector<std::string> mistakes() const { return settings.mistakes(); }
    [[nodiscard]] bool complains_of(std::string_view name) const {
        const auto all = mistakes();
        return std::ranges::any_of(all,
                                   [&](const std::string& line) { return line.starts_with(std::string(name) + " "); });
    }
    Settings settings;
    Config config;
};

}  // namespace

TEST_CASE("production with a key and a credential is complete, and has the documented defaults") {
    const Read read(production());
    CHECK(read.mistakes().empty());
    const Config& config = read.config;
    CHECK(config.env == proto::AppEnv::production);
    CHECK(config.keys.current.view() == kKey);
    CHECK(config.sessions.credential.view() == kCredential);
    REQUIRE(config.server.listen.size() == 1);
    CHECK(to_string(config.server.listen.front()) == "127.0.0.1:8080");
    CHECK(to_string(config.admin_listen) == "127.0.0.1:9101");
    REQUIRE(config.sessions.servers.size() == 1);
    CHECK(to_string(config.sessions.servers.front()) == "127.0.0.1:8081");
    CHECK(config.cookie.name == "__Host-session");
    CHECK(config.cookie.secure);
    CHECK(config.cookie.lifetime == 24h);
    CHECK(config.origins.public_origin.empty());
    CHECK(config.origins.allowed_origins.empty());
    CHECK_FALSE(config.proxies.contains(boost::asio::ip::make_address("127.0.0.1")));
    REQUIRE(config.login_rate);
    CHECK(config.login_rate->count == 60);
    CHECK(config.login_rate->window == 60s);
    CHECK(config.address_entries == 65536);
    CHECK(config.anonymous_status == 401);
    CHECK(config.xss_protection == "1; mode=block");
    CHECK(config.password_least_code_points == 8);
    CHECK(config.check_timeout == 1s);
    CHECK(config.server.request_timeout == 5s);
    CHECK(config.drain_timeout == 10s);
    CHECK(config.server.head_bytes == 8 * 1024);
    CHECK(config.server.fields == 64);
    CHECK(config.server.body_bytes == 16 * 1024);
    CHECK(config.server.head_timeout == 10s);
    CHECK(config.server.body_timeout == 10s);
    CHECK(config.server.idle_timeout == 75s);
    CHECK(config.server.connections == 16384);
    CHECK(config.log_queue == 8192);
    CHECK(config.log_level == log::Level::info);
    CHECK(config.access_log);
    CHECK(config.io.threads >= 1);
    CHECK(config.io.cpus.empty());
}

TEST_CASE("development needs no key, and its cookie works over plain HTTP") {
    const Read read(development());
    CHECK(read.mistakes().empty());
    CHECK(read.config.cookie.name == "session");
    CHECK_FALSE(read.config.cookie.secure);
    CHECK_FALSE(read.config.keys.current.empty());
}

TEST_CASE("all mistakes are reported together") {
    const Read read({{"SECRET_KEY", "short"},
                     {"GATEWAY_LISTEN", "nonsense"},
                     {"GATEWAY_ADMIN_LISTEN", "127.0.0.1:99999"},
                     {"GATEWAY_REDIRECT_LISTEN", "nonsense"},
                     {"TLS_CERT_FILE", "/etc/gatehouse/tls.crt"},
                     {"SESSION_URL", "https://,127.0.0.1:0x"},
                     {"PUBLIC_ORIGIN", "login.example.org"},
                     {"ALLOWED_ORIGINS", "https://app.example.com, *"},
                     {"SESSION_COOKIE_NAME", "a b"},
                     {"SESSION_COOKIE_SECURE", "off"},
                     {"SESSION_ABSOLUTE_MAX_AGE", "soon"},
                     {"TRUSTED_PROXIES", "10.0.0.1/8"},
                     {"LOGIN_RATE_LIMIT", "60 per minute"},
                     {"ADDRESS_LIMIT_ENTRIES", "0"},
                     {"CHECK_ANONYMOUS_STATUS", "302"},
                     {"LOGIN_PASSWORD_MIN", "0"},
                     {"CHECK_TIMEOUT", "0"},
                     {"LOGIN_TIMEOUT", "-1"},
                     {"DRAIN_TIMEOUT", "never"},
                     {"LOG_LEVEL", "loud"},
                     {"LOG_QUEUE", "1"},
                     {"ACCESS_LOG", "perhaps"},
                     {"IO_THREADS", "-1"},
                     {"IO_CPUS", "0-"},
                     {"CONNECTIONS_MAX", "0"},
                     {"X_XSS_PROTECTION", "1\r\nSet-Cookie: a=b"},
                     {"TRUSTED_PROXYS", "10.0.0.0/8"},
                     {"GATEHOUSE_ANYTHING", "1"}});
    for (std::string_view name : {"SECRET_KEY",
                                  "GATEWAY_LISTEN",
                                  "GATEWAY_ADMIN_LISTEN",
                                  "GATEWAY_REDIRECT_LISTEN",
                                  "TLS_KEY_FILE",
                                  "SESSION_URL",
                                  "SESSION_CREDENTIAL",
                                  "PUBLIC_ORIGIN",
                                  "ALLOWED_ORIGINS",
                                  "SESSION_COOKIE_NAME",
                                  "SESSION_COOKIE_SECURE",
                                  "SESSION_ABSOLUTE_MAX_AGE",
                                  "TRUSTED_PROXIES",
                                  "LOGIN_RATE_LIMIT",
                                  "ADDRESS_LIMIT_ENTRIES",
                                  "CHECK_ANONYMOUS_STATUS",
                                  "LOGIN_PASSWORD_MIN",
                                  "CHECK_TIMEOUT",
                                  "LOGIN_TIMEOUT",
                                  "DRAIN_TIMEOUT",
                                  "LOG_LEVEL",
                                  "LOG_QUEUE",
                                  "ACCESS_LOG",
                                  "IO_THREADS",
                                  "IO_CPUS",
                                  "CONNECTIONS_MAX",
                                  "X_XSS_PROTECTION",
                                  "TRUSTED_PROXYS",
                                  "GATEHOUSE_ANYTHING"}) {
        INFO(name);
        CHECK(read.complains_of(name));
    }
}

TEST_CASE("production refuses what only looks safe, each alone") {
    struct Row {
        std::string name;
        std::string value;
    };
    for (const Row& row :
         {Row{"SECRET_KEY", ""}, Row{"SECRET_KEY", "0123456789012345678901234567890"},
          Row{"SECRET_KEY", "change-me-change-me-change-me-change-me"}, Row{"SECRET_KEY_FALLBACKS", "short"},
          Row{"SESSION_CREDENTIAL", ""}, Row{"SESSION_CREDENTIAL", "hunter2"}, Row{"SESSION_COOKIE_SECURE", "off"},
          Row{"SESSION_URL", "10.0.0.7:8081"}, Row{"SESSION_URL", "http://session:8081/"},
          Row{"SESSION_URL", "127.0.0.1:8081, session:8081"}}) {
        INFO(row.name << "=" << row.value);
        const Read read(production({{row.name, row.value}}));
        CHECK(read.complains_of(row.name));
        CHECK_FALSE(read.mistakes().empty());
    }
    CHECK(Read(production({{"SESSION_URL", "session:8081"}, {"INTERNAL_PLAINTEXT", "allow"}})).mistakes().empty());
    CHECK(Read(production({{"SESSION_URL", "unix:/run/gatehouse/session"}})).mistakes().empty());
    CHECK(Read(development({{"SESSION_URL", "session:8081"}})).mistakes().empty());
}

TEST_CASE("a cookie name that browsers accept on secure cookies only needs a secure cookie") {
    CHECK(Read(development({{"SESSION_COOKIE_NAME", "__Host-session"}})).complains_of("SESSION_COOKIE_NAME"));
    CHECK(Read(development({{"SESSION_COOKIE_NAME", "__Host-session"}, {"SESSION_COOKIE_SECURE", "on"}}))
              .mistakes()
              .empty());
    for (const std::string name : {"a=b", "a;b", "a\"b", "a,b", "sess\x01ion", "s\xc3\xa9ssion"}) {
        CHECK(Read(development({{"SESSION_COOKIE_NAME", name}})).complains_of("SESSION_COOKIE_NAME"));
    }
}

TEST_CASE("a cookie's domain makes it __Secure-session, and needs a PUBLIC_ORIGIN on that domain or below it") {
    const auto with_domain = [](const std::string& origin, const std::string& domain) {
        return production({{"PUBLIC_ORIGIN", origin}, {"COOKIE_DOMAIN", domain}});
    };
    for (const std::string origin :
         {"https://example.org", "https://login.example.org", "https://a.b.example.org:8443"}) {
        INFO(origin);
        const Read read(with_domain(origin, "example.org"));
        CHECK(read.mistakes().empty());
        CHECK(read.config.cookie.name == "__Secure-session");
        CHECK(read.config.cookie.domain == "example.org");
    }
    for (const std::string origin : {"", "https://example.com", "https://notexample.org",
                                     "https://example.org.evil.example", "https://org", "https://127.0.0.1"}) {
        INFO(origin);
        CHECK(Read(with_domain(origin, "example.org")).complains_of("COOKIE_DOMAIN"));
    }
    CHECK(Read(with_domain("https://login.example.org", "login.example.org")).mistakes().empty());
    CHECK(Read(with_domain("https://login.example.org", "app.example.org")).complains_of("COOKIE_DOMAIN"));
}

TEST_CASE("a cookie's domain that browsers refuse, or that sites of others share, stops the gateway at once") {
    struct Row {
        std::string domain;
        std::string origin;
    };
    for (const Row& row : {Row{"org", "https://example.org"},
                           Row{"co.uk", "https://example.co.uk"},
                           Row{"github.io", "https://me.github.io"},
                           Row{"localhost", "https://login.localhost"},
                           Row{"localhost", "https://localhost"},
                           Row{"xn--p1ai", "https://a.xn--p1ai"},
                           Row{"intranet", "https://a.intranet"},
                           Row{"kawasaki.jp", "https://a.kawasaki.jp"},
                           Row{"127.0.0.1", "https://127.0.0.1"},
                           Row{"0.0.1", "https://127.0.0.1"},
                           Row{"a.0x7f", "https://a.0x7f"},
                           Row{"[::1]", "https://[::1]"},
                           Row{".example.org", "https://a.example.org"},
                           Row{"example.org.", "https://example.org."},
                           Row{"Example.org", "https://a.example.org"},
                           Row{"a..example.org", "https://a..example.org"},
                           Row{"example.org; Secure", "https://a.example.org"},
                           Row{"ex_ample.org", "https://ex_ample.org"},
                           Row{"https://example.org", "https://example.org"},
                           Row{"*.example.org", "https://a.example.org"},
                           Row{std::string(64, 'a') + ".org", "https://a.example.org"}}) {
        INFO(row.domain);
        CHECK(Read(production({{"PUBLIC_ORIGIN", row.origin}, {"COOKIE_DOMAIN", row.domain}}))
                  .complains_of("COOKIE_DOMAIN"));
    }
    CHECK(Read(production({{"PUBLIC_ORIGIN", "https://a.corp.internal"}, {"COOKIE_DOMAIN", "corp.internal"}}))
              .mistakes()
              .empty());
}

TEST_CASE("a name that forbids a domain is a mistake beside one") {
    const auto named = [](const std::string& name) {
        return Read(production({{"PUBLIC_ORIGIN", "https://login.example.org"},
                                {"COOKIE_DOMAIN", "example.org"},
                                {"SESSION_COOKIE_NAME", name}}));
    };
    CHECK(named("__Host-session").complains_of("SESSION_COOKIE_NAME"));
    CHECK(named("__HOST-session").complains_of("SESSION_COOKIE_NAME"));
    CHECK(named("__Secure-sid").mistakes().empty());
    CHECK(named("sid").mistakes().empty());
    // Development over plain HTTP: no prefix, but a domain.
    const Read plain(
        development({{"PUBLIC_ORIGIN", "http://login.example.test:8080"}, {"COOKIE_DOMAIN", "example.test"}}));
    CHECK(plain.mistakes().empty());
    CHECK(plain.config.cookie.name == "session");
}

TEST_CASE("an origin is a scheme and a host, as browsers send it") {
    for (const std::string good : {"https://login.example.org", "http://localhost:3000", "https://[::1]:8443"}) {
        INFO(good);
        CHECK(Read(production({{"PUBLIC_ORIGIN", good}, {"ALLOWED_ORIGINS", good}})).mistakes().empty());
    }
    for (const std::string bad :
         {"login.example.org", "https://login.example.org/", "https://login.example.org/a", "https://Login.example.org",
          "HTTPS://login.example.org", "ftp://login.example.org", "https://", "https://user@login.example.org",
          "https://*.example.org", "null", "*", "https://a b", "https://a?b", "https://a#b"}) {
        INFO(bad);
        CHECK(Read(production({{"PUBLIC_ORIGIN", bad}})).complains_of("PUBLIC_ORIGIN"));
        CHECK(Read(production({{"ALLOWED_ORIGINS", "https://fine.example, " + bad}})).complains_of("ALLOWED_ORIGINS"));
    }
}

TEST_CASE("a sign-in may lead back to PUBLIC_ORIGIN and to what RETURN_TO_ORIGINS lists") {
    const Read read(production({{"PUBLIC_ORIGIN", "https://login.example.org"},
                                {"ALLOWED_ORIGINS", "https://calls.example.org"},
                                {"RETURN_TO_ORIGINS", "https://app.example.com, https://*.example.net"}}));
    CHECK(read.mistakes().empty());
    const auto& targets = read.config.return_targets;
    for (const std::string_view good :
         {"https://login.example.org/", "https://app.example.com/", "https://a.example.net/"})
        CHECK(allowed_return_to(good, targets));
    CHECK_FALSE(allowed_return_to("https://calls.example.org/", targets));
    for (const std::string bad : {"*", "https://*", "app.example.com", "https://app.example.com/"}) {
        INFO(bad);
        CHECK(Read(production({{"RETURN_TO_ORIGINS", "https://fine.example, " + bad}}))
                  .complains_of("RETURN_TO_ORIGINS"));
    }
}

TEST_CASE("a browser without a session is sent to PUBLIC_ORIGIN's sign-in page, to another, or nowhere") {
    const auto page = [](std::initializer_list<std::pair<std::string, std::string>> more) {
        const Read read(production(more));
        CHECK(read.mistakes().empty());
        return read.config.forward_auth.login_url;
    };
    CHECK(page({}).empty());
    CHECK(page({{"PUBLIC_ORIGIN", "https://login.example.org"}}) == "https://login.example.org/login");
    CHECK(page({{"PUBLIC_ORIGIN", "https://login.example.org"}, {"FORWARD_AUTH_LOGIN_URL", "off"}}).empty());
    CHECK(page({{"PUBLIC_ORIGIN", "https://login.example.org"}, {"PAGES", "off"}}).empty());
    CHECK(page({{"FORWARD_AUTH_LOGIN_URL", "https://a.example.org/sign-in?lang=en"}}) ==
          "https://a.example.org/sign-in?lang=en");
    for (const std::string bad : {"/login", "login.example.org", "javascript:alert(1)", "https://user@a.example.org/",
                                  "https://a.example.org/#x", "https://a.example.org/ x", "ftp://a.example.org/"}) {
        INFO(bad);
        CHECK(Read(production({{"FORWARD_AUTH_LOGIN_URL", bad}})).complains_of("FORWARD_AUTH_LOGIN_URL"));
    }
    CHECK(Read(production({})).config.forward_auth.headers == IdentityHeaders::remote);
    CHECK(Read(production({{"FORWARD_AUTH_HEADERS", "both"}})).config.forward_auth.headers == IdentityHeaders::both);
    CHECK(Read(production({{"FORWARD_AUTH_HEADERS", "x-auth-request"}})).config.forward_auth.headers ==
          IdentityHeaders::x_auth_request);
    CHECK(Read(production({{"FORWARD_AUTH_HEADERS", "none"}})).complains_of("FORWARD_AUTH_HEADERS"));
}

TEST_CASE("a PUBLIC_ORIGIN that is none is the only mistake: nothing is said of what follows from it") {
    const Read read(production({{"PUBLIC_ORIGIN", "login.example.org"}}));
    CHECK(read.complains_of("PUBLIC_ORIGIN"));
    CHECK(read.mistakes().size() == 1);
}

TEST_CASE("several session services, as addresses, URLs or Unix sockets") {
    const Read read(
        development({{"SESSION_URL", "127.0.0.1:8081, http://127.0.0.1:8082/, unix:/run/session, http://[::1]:8083"}}));
    CHECK(read.mistakes().empty());
    REQUIRE(read.config.sessions.servers.size() == 4);
    CHECK(to_string(read.config.sessions.servers[1]) == "127.0.0.1:8082");
    CHECK(read.config.sessions.servers[2].unix_path == "/run/session");
    CHECK(to_string(read.config.sessions.servers[3]) == "[::1]:8083");
    CHECK(Read(development({{"SESSION_URL", "https://127.0.0.1:8081"}})).config.sessions.tls);
    CHECK(Read(development({{"SESSION_URL", "http://127.0.0.1:8081/v1"}})).complains_of("SESSION_URL"));
    CHECK(Read(development({{"SESSION_URL", "127.0.0.1:0"}})).complains_of("SESSION_URL"));
}

TEST_CASE("what is set is used") {
    const Read read(
        production({{"LOGIN_RATE_LIMIT", "off"},
                    {"CHECK_ANONYMOUS_STATUS", "200"},
                    {"TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1 ,unix"},
                    {"SESSION_ABSOLUTE_MAX_AGE", "3600"},
                    {"SECRET_KEY_FALLBACKS", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ, 3456vEjRWeJCrze8SNFZ4kKvN7xI0Vni"},
                    {"X_XSS_PROTECTION", "0"},
                    {"LOG_LEVEL", "WARN"},
                    {"IO_THREADS", "3"}}));
    CHECK(read.mistakes().empty());
    CHECK_FALSE(read.config.login_rate);
    CHECK(read.config.anonymous_status == 200);
    CHECK(read.config.proxies.contains(boost::asio::ip::make_address("10.9.9.9")));
    CHECK(read.config.proxies.trusts({{}, true, false}));
    CHECK(read.config.cookie.lifetime == 1h);
    CHECK(read.config.keys.fallbacks.size() == 2);
    CHECK(read.config.xss_protection == "0");
    CHECK(read.config.log_level == log::Level::warn);
    CHECK(read.config.io.threads == 3);
}

TEST_CASE("I/O threads stay on the CPUs that are named, one on each unless their number is said") {
    cpu_set_t allowed;
    REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
    unsigned cpu = 0;
    while (CPU_ISSET(cpu, &allowed) == 0) ++cpu;
    const std::string name = std::to_string(cpu);
    const Read one(production({{"IO_CPUS", name}}));
    CHECK(one.mistakes().empty());
    CHECK(one.config.io.cpus == std::vector{cpu});
    CHECK(one.config.io.threads == 1);
    const Read twice(production({{"IO_CPUS", name + ", " + name + "-" + name}}));
    CHECK(twice.config.io.cpus == std::vector{cpu, cpu});
    CHECK(twice.config.io.threads == 2);
    CHECK(Read(production({{"IO_CPUS", name}, {"IO_THREADS", "5"}})).config.io.threads == 5);
    for (const char* text : {"-1", "1-0", "0-", "-", "one", "0 1", "1024", "0-1023", "4294967296"}) {
        CAPTURE(text);
        CHECK(Read(production({{"IO_CPUS", text}})).complains_of("IO_CPUS"));
    }
}

TEST_CASE("the session service's own variables are known here, and not read") {
    const Read read(production({{"DB_HOST", "db"}, {"DB_PASSWORD", "x"}, {"REDIS_URL", "redis://nonsense:x"}}));
    CHECK(read.mistakes().empty());
    for (const auto& setting : read.settings.shown()) {
        CHECK_FALSE(setting.name.starts_with("DB_"));
        CHECK(setting.name != "REDIS_URL");
    }
}

TEST_CASE("secrets are never shown, neither as they are used nor in a complaint") {
    const std::string key = "the-secret-bytes-of-a-key-that-is-long-enough";
    const std::string credential = "ghs_gateway_" + std::string(42, 'B');  // one too short
    const Read read({{"SECRET_KEY", key},
                     {"SECRET_KEY_FALLBACKS", "tooshortsecret"},
                     {"SESSION_CREDENTIAL", credential},
                     {"APP_ENV", "production"}});
    CHECK(read.mistakes().size() == 2);
    for (const auto& secret : {key, credential, std::string("tooshortsecret")}) {
        for (const auto& line : read.mistakes()) CHECK(line.find(secret) == std::string::npos);
        for (const auto& setting : read.settings.shown()) CHECK(setting.value.find(secret) == std::string::npos);
    }
    const auto shown = read.settings.shown();
    for (const auto* name : {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "SESSION_CREDENTIAL"}) {
        INFO(name);
        CHECK(std::ranges::find(shown, name, &Setting::name) != shown.end());
    }
}

}  // namespace gatehouse::gateway
