// What the gateway is asked by each proxy, seen by standing in its place; files altered as documented; and what a
// broken file lets through: nothing.
#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/echo_upstream.hpp"
#include "support/reverse_proxy.hpp"

using namespace gatehouse::test;

TEST_CASE("the gateway is asked without the body, about the original request") {
    const auto kind = GENERATE(ProxyKind::nginx, ProxyKind::caddy, ProxyKind::haproxy);
    INFO(name_of(kind));
    EchoUpstream gateway;
    EchoUpstream app;
    const ReverseProxy proxy({kind, gateway.listen(), app.listen()});
    const HttpHeaders headers{{"Cookie", "a=b"},
                              {"Accept", "text/html"},
                              {"Sec-Fetch-Mode", "navigate"},
                              {"X-Forwarded-For", "203.0.113.9"},
                              {"X-Forwarded-Uri", "/else"},
                              {"X-Original-URL", "https://else.example.com/"},
                              {"X-Forwarded-Method", "OPTIONS"},
                              {"X-Original-Method", "OPTIONS"}};
    CHECK(proxy.ask("app", "/books?page=2", {"PUT", headers, "a body of the application's"}).status == 200);
    const auto asked = gateway.take_seen();
    REQUIRE(asked.size() == 1);
    const auto& question = asked.front().message;
    CHECK(question.body.empty());
    CHECK((question.header("Content-Length").empty() || question.header("Content-Length") == "0"));
    CHECK(question.count("Transfer-Encoding") == 0);
    CHECK(question.header("Connection") != "close");
    CHECK(question.header("Cookie") == "a=b");
    CHECK(question.header("Accept") == "text/html");
    CHECK(question.header("Sec-Fetch-Mode") == "navigate");
    CHECK(question.header("X-Forwarded-For") == "127.0.0.1");
    CHECK(question.header("X-Forwarded-Proto") == "https");
    if (kind == ProxyKind::nginx) {
        CHECK(asked.front().line == "GET /api/authz/auth-request HTTP/1.1");
        CHECK(question.header("X-Original-Method") == "PUT");
        CHECK(question.header("X-Original-URL") == proxy.origin("app") + "/books?page=2");
    } else {
        CHECK(asked.front().line == "GET /api/authz/forward-auth HTTP/1.1");
        CHECK(question.header("X-Forwarded-Method") == "PUT");
        CHECK(question.header("X-Forwarded-Host") == proxy.origin("app").substr(8));
        CHECK(question.header("X-Forwarded-Uri") == "/books?page=2");
    }
    for (const auto* name : {"X-Original-Method", "X-Original-URL", "X-Forwarded-Method", "X-Forwarded-Host",
                             "X-Forwarded-Uri", "X-Forwarded-For", "X-Forwarded-Proto"}) {
        INFO(name);
        CHECK(question.count(name) <= 1);
    }
    // It says nobody's name, and so what the client says counts no more.
    CHECK(proxy.ask("app", "/books", {"GET", {{"Remote-User", "admin"}}}).status == 200);
    for (const auto& seen : app.take_seen()) CHECK(seen.message.header("Remote-User") != "admin");
}

TEST_CASE("connections to the gateway and the application are kept") {
    const auto kind = GENERATE(ProxyKind::nginx, ProxyKind::caddy, ProxyKind::haproxy);
    INFO(name_of(kind));
    EchoUpstream gateway(EchoUpstream::Body::none);  // as the real one: a body would cost the connection
    EchoUpstream app;
    const ReverseProxy proxy({kind, gateway.listen(), app.listen()});
    for (int i = 0; i < 20; ++i) CHECK(proxy.ask("app", "/books").status == 200);
    CHECK(gateway.take_seen().size() == 20);
    CHECK(gateway.connections() <= 5);
    CHECK(app.connections() <= 5);
}

TEST_CASE("application and gateway may share a host, whose cookie no other host can set") {
    Deployment deployment({Stores::embedded,
                           {},
                           {{"TRUSTED_PROXIES", "127.0.0.1"},
                            {"SESSION_COOKIE_NAME", "__Host-session"},
                            {"SESSION_COOKIE_SECURE", "on"}}});
    deployment.create_user("jane@example.org");
    EchoUpstream app;
    const std::string before = "    include gatehouse/ask.conf;\n";
    const std::string as_documented =
        before + "    location ~ ^/(auth|login|account)(/|$) {\n        include gatehouse/gateway.conf;\n    }\n";
    const ReverseProxy proxy(
        {ProxyKind::nginx, deployment.gateway(), app.listen(), free_port(), {{before, as_documented}}});
    const auto login = proxy.ask(
        "app", "/auth/login",
        {"POST", {{"Content-Type", "application/json"}}, login_body("jane@example.org", Deployment::kPassword)});
    REQUIRE(login.status == 200);
    const auto cookie = login.header("Set-Cookie");
    CHECK(cookie.starts_with("__Host-session="));
    CHECK(proxy.ask("app", "/login").header("Content-Type").starts_with("text/html"));
    CHECK(app.take_seen().empty());
    CHECK(proxy.ask("app", "/logins").status == 401);
    CHECK(proxy.ask("app", "/logins", {"GET", {{"Cookie", cookie.substr(0, cookie.find(';'))}}}).status == 200);
    CHECK(app.take_seen().size() == 1);
}

TEST_CASE("HAProxy's script that fails lets nothing through") {
    EchoUpstream gateway;
    EchoUpstream app;
    const auto [from, to] = GENERATE(table<std::string, std::string>({
        {"core.httpclient():get({", "core.no_such_client():get({"},
        {"if status == 200 then", "if status == 200 + nil then"},
        {"dst = \"abns@gatehouse-ask\"", "dst = \"unix@/nowhere\""},
    }));
    INFO(to);
    const ReverseProxy proxy({ProxyKind::haproxy, gateway.listen(), app.listen(), free_port(), {{from, to}}});
    const auto response = proxy.ask("app", "/books");
    CHECK(response.status == 503);
    CHECK(response.header("Retry-After") == "1");
    CHECK(response.json("error_code") == "SERVICE_UNAVAILABLE");
    CHECK(app.take_seen().empty());
}
