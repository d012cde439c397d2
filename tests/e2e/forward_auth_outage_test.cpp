// Forward auth while what it asks is away, under load, and in the logs.
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "forward_auth_site.hpp"
#include "outage.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

TEST_CASE("Redis away: 503 with Retry-After for everybody who might be somebody, never a redirect, never 401") {
    ProtectedSite site(Stores::servers);
    site.deployment.redis().kill();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        for (const auto& headers : {kBrowser, kScript, kApiClient}) {
            const auto response = ask_authz(site.deployment, kind, {.headers = headers, .cookie = site.student.cookie});
            check_unavailable(response, "SESSIONS_UNAVAILABLE");
            CHECK(response.count("Location") == 0);
            CHECK(response.count("WWW-Authenticate") == 0);
        }
        check_sent_to(kind, ask_authz(site.deployment, kind, {.headers = kBrowser}), kSignInAndBack);  // surely nobody
    }
    site.deployment.redis().start();
    CHECK(served_again(site.deployment, site.student));
    for (const AuthzKind kind : kAuthzKinds) {
        CHECK(eventually(
            [&] { return ask_authz(site.deployment, kind, {.cookie = site.student.cookie}).status == 200; }, 1500ms));
    }
}

TEST_CASE("the session service away: 503 with Retry-After, never a redirect, never 401") {
    ProtectedSite site(Stores::embedded);
    site.deployment.session_process().kill();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        const auto response = ask_authz(site.deployment, kind, {.headers = kBrowser, .cookie = site.student.cookie});
        check_unavailable(response, "SERVICE_UNAVAILABLE");
        CHECK(response.count("Location") == 0);
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = kApiClient, .cookie = "session=forged"}));
    }
}

TEST_CASE("ten connections that ask as fast as they can are never limited") {
    auto& site = each_site();
    std::atomic<int> right{0};
    std::atomic<int> wrong{0};
    std::vector<std::jthread> clients;
    for (int i = 0; i < 10; ++i) {
        clients.emplace_back([&, kind = kAuthzKinds[i % 3], signed_in = i % 2 == 0] {
            HttpConnection connection(site.deployment.gateway());
            HttpHeaders headers;
            if (signed_in) headers.emplace_back("Cookie", site.student.cookie);
            const auto path = authz_path(kind) + (kind == AuthzKind::ext_authz ? "/books" : "");
            for (int n = 0; n < 100; ++n) {
                connection.send(http_request("GET", path, headers));
                ++(connection.receive().status == (signed_in ? 200 : 401) ? right : wrong);
            }
        });
    }
    clients.clear();
    CHECK(right == 1000);
    CHECK(wrong == 0);
}

TEST_CASE("log and metrics name the endpoint, never the path or query that was asked about") {
    ProtectedSite site(Stores::embedded);
    for (const AuthzKind kind : kAuthzKinds) {
        std::ignore = ask_authz(site.deployment, kind, {.headers = kBrowser});
        std::ignore = ask_authz(site.deployment, kind, {.cookie = site.student.cookie});
    }
    HttpConnection refused(site.deployment.gateway());  // before a handler has seen it
    refused.send(http_request("POST", "/api/authz/ext-authz/books", {{"Content-Length", "99999999"}}));
    CHECK(refused.receive().status == 413);
    site.deployment.session_process().kill();
    std::ignore = ask_authz(site.deployment, AuthzKind::ext_authz, {.cookie = site.student.cookie});
    const auto metrics = http(site.deployment.gateway_admin(), "GET", "/metrics").body;
    for (const AuthzKind kind : kAuthzKinds) {
        CHECK(metrics.contains("gatehouse_http_requests_total{route=\"" + authz_path(kind) + "\",status=\"2xx\"} 1"));
    }
    CHECK(metrics.contains("gatehouse_http_requests_total{route=\"/api/authz/ext-authz\",status=\"4xx\"} 1"));
    CHECK(metrics.contains("gatehouse_checks_total{result=\"active\"} 3"));
    CHECK(metrics.contains("gatehouse_checks_total{result=\"anonymous\"} 3"));
    CHECK(metrics.contains("gatehouse_checks_total{result=\"unavailable\"} 1"));
    CHECK_FALSE(metrics.contains("books"));
    auto& gateway = site.deployment.gateway_process();
    gateway.signal(SIGTERM);
    CHECK(gateway.wait() == 0);
    const auto log = gateway.output();
    for (const AuthzKind kind : kAuthzKinds) CHECK(log.contains("\"path\":\"" + authz_path(kind) + "\""));
    CHECK(log.contains("\"outcome\":\"SERVICE_UNAVAILABLE\""));
    CHECK_FALSE(log.contains("books"));
    CHECK_FALSE(log.contains("page=2"));
}
