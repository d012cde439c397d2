// The gateway itself behind nginx, Caddy, HAProxy and Apache, which end TLS.
#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/echo_upstream.hpp"
#include "support/reverse_proxy.hpp"

using namespace gatehouse::test;

namespace {

struct PlainSite {
    PlainSite()
        : deployment({Stores::embedded,
                      {},
                      {{"TRUSTED_PROXIES", "127.0.0.1"},
                       {"PUBLIC_ORIGIN", "https://login.example.org"},
                       {"SESSION_COOKIE_NAME", "__Host-session"},
                       {"SESSION_COOKIE_SECURE", "on"}}}),
          proxy({GENERATE(ProxyKind::nginx, ProxyKind::caddy, ProxyKind::haproxy, ProxyKind::apache),
                 deployment.gateway(), app.listen()}) {
        UNSCOPED_INFO(name_of(proxy.kind()));
        deployment.create_user("jane@example.org");
    }
    Deployment deployment;
    EchoUpstream app;
    ReverseProxy proxy;
};

const HttpHeaders kAsJson{{"Content-Type", "application/json"},
                          {"X-Forwarded-Proto", "http"},
                          {"X-Forwarded-For", "203.0.113.9"},
                          {"X-Request-Id", "of-the-client"}};

}  // namespace

TEST_CASE("a sign-in through TLS at the proxy gets a Secure cookie, and each of the gateway's headers once") {
    const PlainSite site;
    const auto right = login_body("jane@example.org", Deployment::kPassword);
    const auto login = site.proxy.ask("login", "/auth/login", {"POST", kAsJson, right});
    INFO(login.body);
    REQUIRE(login.status == 200);
    const auto cookie = login.header("Set-Cookie");
    CHECK(cookie.starts_with("__Host-session="));
    CHECK(cookie.ends_with("; Secure; HttpOnly; SameSite=Lax"));
    for (const auto* name :
         {"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy",
          "Referrer-Policy", "Permissions-Policy", "Cache-Control", "Cross-Origin-Opener-Policy",
          "Cross-Origin-Resource-Policy", "Date", "X-Request-Id", "Content-Type", "Set-Cookie"}) {
        INFO(name);
        CHECK(login.count(name) == 1);
    }
    CHECK(login.count("Server") <= 1);
    const HttpHeaders with_cookie{{"Cookie", cookie.substr(0, cookie.find(';'))}};
    CHECK(site.proxy.ask("login", "/auth/check", {"GET", with_cookie}).json("authenticated") == "true");

    const auto led = site.proxy.ask_plainly("login", "/login?a=b");
    CHECK(led.status == 308);
    CHECK(led.header("Location") == "https://login.example.org/login?a=b");
}

TEST_CASE("a client cannot choose the address and the number by which the gateway knows its request") {
    PlainSite site;
    const auto refused =
        site.proxy.ask("login", "/auth/login", {"POST", kAsJson, login_body("jane@example.org", "wrong password")});
    CHECK(refused.status == 401);
    std::string log;
    const auto is_logged = [&] {
        log = site.deployment.gateway_process().output();
        return log.contains(R"("event":"request")") && log.contains(refused.json("request_id"));
    };
    CHECK(eventually(is_logged));
    CHECK(log.contains(R"("client_ip":"127.0.0.1")"));
    CHECK(!log.contains("203.0.113.9"));
    CHECK(!log.contains("of-the-client"));
}

TEST_CASE("what proxies ask of the gateway is not to be had through the front door") {
    PlainSite site;
    const auto jane = site.deployment.sign_in("jane@example.org");
    const HttpHeaders forged{{"Cookie", jane.cookie}, {"X-Original-URL", site.proxy.origin("app") + "/"}};
    for (const auto* path :
         {"/api/authz/auth-request", "/api/authz/forward-auth", "/api/authz/ext-authz/x", "/%61pi/authz/forward-auth",
          "//api/authz/auth-request", "/x/../api/authz/auth-request", "/api/authz", "/api/authz?x"}) {
        INFO(path);
        CHECK(site.proxy.ask("login", path, {"GET", forged}).status == 404);
    }
}

TEST_CASE("a gateway that does not answer is an error of the proxy's, and only as long as it lasts") {
    PlainSite site;
    site.deployment.gateway_process().kill();
    const auto down = site.proxy.ask("login", "/auth/check");
    CHECK((down.status == 502 || down.status == 503));
    site.deployment.start_gateway();
    site.deployment.await_ready();
    CHECK(eventually([&] { return site.proxy.ask("login", "/auth/check").status == 401; }));
}
