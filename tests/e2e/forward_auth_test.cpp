// Forward auth as a reverse proxy meets it: the three endpoints on both store pairs, with all that a browser, a script,
// an API client and an attacker send through it.
#include <atomic>
#include <csignal>
#include <thread>
#include <tuple>
#include <vector>

#include "outage.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

const HttpHeaders kBrowser{{"Sec-Fetch-Mode", "navigate"}, {"Accept", "text/html,*/*;q=0.8"}};
const HttpHeaders kOldBrowser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
const HttpHeaders kScript{{"Sec-Fetch-Mode", "cors"}, {"Accept", "text/html"}};
const HttpHeaders kApiClient{{"Accept", "*/*"}};
constexpr std::string_view kSignIn = "https://login.example.org/login";
constexpr std::string_view kSignInAndBack =
    "https://login.example.org/login?return_to=https%3A%2F%2Fapp.example.org%2Fbooks%3Fpage%3D2";

Variables behind_proxy() {
    return {{"TRUSTED_PROXIES", "127.0.0.1"},
            {"PUBLIC_ORIGIN", "https://login.example.org"},
            {"RETURN_TO_ORIGINS", "https://*.example.org"},
            {"LOGIN_RATE_LIMIT", "5/1m"}};  // of sign-ins, not of these checks
}

// One deployment per pair for the cases that stop nothing, with a student and a librarian signed in.
struct ProtectedSite {
    explicit ProtectedSite(Stores stores) : deployment({stores, {}, behind_proxy()}) {
        deployment.create_user("jane@example.org", Deployment::kPassword, "Jan\xc3\xa9 Doe");
        deployment.create_user("libby@example.org", Deployment::kPassword, "Libby", "librarian");
        student = deployment.sign_in("jane@example.org");
        librarian = deployment.sign_in("libby@example.org");
    }
    Deployment deployment;
    SignedIn student;
    SignedIn librarian;
};

ProtectedSite& embedded_site() {
    static ProtectedSite site(Stores::embedded);
    return site;
}
ProtectedSite& each_site() {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    UNSCOPED_INFO(name_of(stores));
    if (stores == Stores::embedded) return embedded_site();
    static ProtectedSite servers(Stores::servers);
    return servers;
}

enum class AuthzKind { auth_request, forward_auth, ext_authz };
constexpr AuthzKind kAuthzKinds[] = {AuthzKind::auth_request, AuthzKind::forward_auth, AuthzKind::ext_authz};

std::string authz_path(AuthzKind kind) {
    switch (kind) {
        case AuthzKind::auth_request:
            return "/api/authz/auth-request";
        case AuthzKind::forward_auth:
            return "/api/authz/forward-auth";
        case AuthzKind::ext_authz:
            return "/api/authz/ext-authz";
    }
    return {};
}

// A request of a client for https://app.example.org/books?page=2, as the proxy of that kind asks about it.
struct Asked {
    std::string method = "GET";
    HttpHeaders headers = {};  // the client's own, which proxies pass on
    std::string cookie = {};
    std::string roles = {};
    std::string host = "app.example.org";
};

HttpResponse ask_authz(Deployment& deployment, AuthzKind kind, const Asked& asked, std::string_view asks_by = "GET") {
    auto headers = asked.headers;
    if (!asked.cookie.empty()) headers.emplace_back("Cookie", asked.cookie);
    const auto rule = asked.roles.empty() ? "" : "?role=" + asked.roles;
    switch (kind) {
        case AuthzKind::auth_request:
            headers.emplace_back("X-Original-Method", asked.method);
            headers.emplace_back("X-Original-URL", "https://" + asked.host + "/books?page=2");
            return http(deployment.gateway(), asks_by, authz_path(kind) + rule, headers);
        case AuthzKind::forward_auth:
            headers.emplace_back("X-Forwarded-Method", asked.method);
            headers.emplace_back("X-Forwarded-Proto", "https");
            headers.emplace_back("X-Forwarded-Host", asked.host);
            headers.emplace_back("X-Forwarded-Uri", "/books?page=2");
            return http(deployment.gateway(), asks_by, authz_path(kind) + rule, headers);
        case AuthzKind::ext_authz:
            headers.emplace_back("X-Forwarded-Proto", "https");
            headers.emplace_back("Host", asked.host);
            return http(deployment.gateway(), asked.method,
                        authz_path(kind) + (asked.roles.empty() ? "" : ";role=" + asked.roles) + "/books?page=2",
                        headers);
    }
    return {};
}

void check_authz_allowed(const HttpResponse& response) {
    INFO(response.body);
    CHECK(response.status == 200);
    CHECK(response.body.empty());
    CHECK(response.header("Content-Length") == "0");
    CHECK(response.count("Content-Type") == 0);
    CHECK(response.count("Set-Cookie") == 0);
    CHECK(response.count("Location") == 0);
    for (const auto* name : {"Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name"}) {
        INFO(name);
        CHECK(response.count(name) == 1);
    }
}

void check_authz_refused(const HttpResponse& response, int status = 401, std::string_view code = "NOT_AUTHENTICATED") {
    INFO(response.body);
    CHECK(response.status == status);
    CHECK(response.json("success") == "false");
    CHECK(response.json("error_code") == code);
    CHECK(response.count("WWW-Authenticate") == (status == 401 ? 1 : 0));
    CHECK(response.count("Location") == 0);
    CHECK(response.count("Set-Cookie") == 0);
    CHECK(response.count("Remote-User") == 0);
}

// 302 for the proxies that hand it on; nginx is told beside its 401.
void check_sent_to(AuthzKind kind, const HttpResponse& response, std::string_view where) {
    CHECK(response.header("Location") == where);
    CHECK(response.count("Location") == 1);
    CHECK(response.count("Set-Cookie") == 0);
    if (kind == AuthzKind::auth_request) {
        CHECK(response.status == 401);
        CHECK(response.count("WWW-Authenticate") == 1);
        CHECK(response.json("error_code") == "NOT_AUTHENTICATED");
    } else {
        CHECK(response.status == 302);
        CHECK(response.body.empty());
    }
}

}  // namespace

TEST_CASE("who is signed in passes: 200, nothing in it, and all of who it is beside it") {
    auto& site = each_site();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        for (const auto* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"}) {
            INFO(method);
            const auto response =
                ask_authz(site.deployment, kind, {method, kApiClient, site.student.cookie, "", "app.example.org"});
            check_authz_allowed(response);
            CHECK(response.header("Remote-User") == site.student.response.json("user.user_id"));
            CHECK(response.header("Remote-Groups") == "student");
            CHECK(response.header("Remote-Email") == "jane@example.org");
            CHECK(response.header("Remote-Name") == "Jan%C3%A9 Doe");
        }
    }
}

TEST_CASE("a proxy may ask by any method: none is answered by a 2xx of another kind") {
    auto& site = embedded_site();
    for (const AuthzKind kind : {AuthzKind::auth_request, AuthzKind::forward_auth}) {
        for (const auto* method : {"HEAD", "OPTIONS", "POST", "DELETE", "PROPFIND"}) {
            INFO(authz_path(kind) << " " << method);
            const auto nobody = ask_authz(site.deployment, kind, {.headers = kApiClient}, method);
            CHECK(nobody.status == 401);
            CHECK(nobody.count("WWW-Authenticate") == 1);
            check_authz_allowed(
                ask_authz(site.deployment, kind, {.headers = kApiClient, .cookie = site.student.cookie}, method));
        }
    }
    const auto head = http(site.deployment.gateway(), "HEAD", "/api/authz/ext-authz/books");
    CHECK(head.status == 401);
    CHECK(head.body.empty());
    CHECK(http(site.deployment.gateway(), "POST", "/api/authz/ext-authz/books", {}, "{}").status == 401);
}

TEST_CASE("a preflight carries no cookie and is refused like anything else, also from an allowed page") {
    auto& site = embedded_site();
    for (const AuthzKind kind : kAuthzKinds) {
        check_authz_refused(ask_authz(site.deployment, kind,
                                      {.method = "OPTIONS",
                                       .headers = {{"Origin", "https://other.example.org"},
                                                   {"Access-Control-Request-Method", "POST"},
                                                   {"Sec-Fetch-Mode", "cors"}}}));
    }
}

TEST_CASE("a browser without a session is sent to the sign-in page and back; scripts and API clients get 401") {
    auto& site = each_site();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        for (const auto* method : {"GET", "HEAD"}) {
            for (const auto& headers : {kBrowser, kOldBrowser}) {
                const auto response = ask_authz(site.deployment, kind, {.method = method, .headers = headers});
                if (kind != AuthzKind::ext_authz || std::string_view(method) == "GET")
                    check_sent_to(kind, response, kSignInAndBack);
                else
                    CHECK(response.status == 302);
            }
        }
        for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
            INFO(method);
            check_authz_refused(ask_authz(site.deployment, kind, {.method = method, .headers = kBrowser}));
            check_authz_refused(ask_authz(site.deployment, kind, {.method = method, .headers = kOldBrowser}));
        }
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = kScript}));
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = kApiClient}));
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = {}}));
        auto old_script = kOldBrowser;
        old_script.emplace_back("X-Requested-With", "XMLHttpRequest");
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = old_script}));
    }
}

TEST_CASE("a session that has ended, a forged cookie and a doubled one are nobody") {
    auto& site = each_site();
    const auto who = site.deployment.sign_in("jane@example.org");
    const auto other = site.deployment.sign_in("jane@example.org");
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = kApiClient, .cookie = who.cookie + "x"}));
        check_authz_refused(
            ask_authz(site.deployment, kind, {.headers = kApiClient, .cookie = who.cookie + "; " + other.cookie}));
        check_sent_to(kind, ask_authz(site.deployment, kind, {.headers = kBrowser, .cookie = "session=forged"}),
                      kSignInAndBack);
    }
    REQUIRE(site.deployment.logout(who).status == 200);
    for (const AuthzKind kind : kAuthzKinds) {
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = kApiClient, .cookie = who.cookie}));
    }
}

TEST_CASE("the way back leads to listed origins only") {
    auto& site = embedded_site();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        for (const auto* host :
             {"evil.example", "example.org", "app.example.org.evil.example", "app.example.org:8443"}) {
            INFO(host);
            check_sent_to(kind, ask_authz(site.deployment, kind, {.headers = kBrowser, .host = host}), kSignIn);
        }
    }
    // Whatever stands in X-Original-URL, and however long.
    const auto from = [&](const std::string& url) {
        auto headers = kBrowser;
        headers.insert(headers.end(), {{"X-Original-Method", "GET"}, {"X-Original-URL", url}});
        return http(site.deployment.gateway(), "GET", "/api/authz/auth-request", headers);
    };
    for (const std::string& url :
         {std::string("https://app.example.org@evil.example/"), std::string("https://\\evil.example/"),
          "https://app.example.org/" + std::string(3000, 'a'), "https://app.example.org/" + std::string(1500, '/')}) {
        INFO(url.substr(0, 60));
        check_sent_to(AuthzKind::auth_request, from(url), kSignIn);
    }
    // The sign-in page behind itself would be a circle.
    check_authz_refused(from(std::string(kSignIn)));
    check_authz_refused(from(std::string(kSignInAndBack)));
}

TEST_CASE("a role that the rule does not list is 403, and no sign-in page helps") {
    auto& site = each_site();
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        const auto with = [&](const SignedIn& who, const std::string& roles) {
            return ask_authz(site.deployment, kind, {.headers = kBrowser, .cookie = who.cookie, .roles = roles});
        };
        check_authz_allowed(with(site.librarian, "librarian,admin"));
        check_authz_allowed(with(site.student, "librarian,student"));
        check_authz_refused(with(site.student, "librarian,admin"), 403, "FORBIDDEN");
        check_authz_refused(with(site.student, "Student"), 403, "FORBIDDEN");
        check_authz_refused(with(site.student, "%2C"), 400, "INVALID_REQUEST");
        // Nobody at all is sent to sign in as ever.
        check_sent_to(kind, ask_authz(site.deployment, kind, {.headers = kBrowser, .roles = "librarian"}),
                      kSignInAndBack);
    }
    // A rule that is not understood is not "no rule".
    for (const auto* query : {"?roles=admin", "?role=", "?role=student&role=admin", "?x"}) {
        INFO(query);
        const HttpHeaders headers{{"Cookie", site.student.cookie}};
        check_authz_refused(
            http(site.deployment.gateway(), "GET", std::string("/api/authz/forward-auth") + query, headers), 400,
            "INVALID_REQUEST");
    }
    // Behind Envoy the query is the client's own: it is no rule, and takes none away.
    const HttpHeaders headers{{"Cookie", site.student.cookie}};
    check_authz_allowed(http(site.deployment.gateway(), "GET", "/api/authz/ext-authz/books?role=admin", headers));
    check_authz_refused(
        http(site.deployment.gateway(), "GET", "/api/authz/ext-authz;role=admin/books?role=student", headers), 403,
        "FORBIDDEN");
    check_authz_refused(
        http(site.deployment.gateway(), "GET", "/api/authz/ext-authz;role=admin/;role=student/x", headers), 403,
        "FORBIDDEN");
}

TEST_CASE("identity headers of the client's own making change nothing") {
    auto& site = each_site();
    auto forged = kApiClient;
    forged.insert(forged.end(), {{"Remote-User", "1"},
                                 {"Remote-Groups", "admin"},
                                 {"Remote-Email", "root@example.org"},
                                 {"X-Auth-Request-User", "1"},
                                 {"Authorization", "Basic cm9vdDpyb290"}});
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        check_authz_refused(ask_authz(site.deployment, kind, {.headers = forged}));
        const auto response = ask_authz(site.deployment, kind, {.headers = forged, .cookie = site.student.cookie});
        check_authz_allowed(response);
        CHECK(response.header("Remote-User") == site.student.response.json("user.user_id"));
        CHECK(response.header("Remote-Groups") == "student");
        CHECK(response.header("Remote-Email") == "jane@example.org");
    }
}

TEST_CASE("a forwarded header that came twice or malformed fails closed, for whoever is signed in too") {
    auto& site = embedded_site();
    for (const auto& cookie : {std::string(), site.student.cookie}) {
        for (const auto* name : {"X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Method"}) {
            INFO(name);
            auto headers = kBrowser;
            headers.emplace_back(name, "x");  // before the proxy's own
            check_authz_refused(
                ask_authz(site.deployment, AuthzKind::forward_auth, {.headers = headers, .cookie = cookie}), 400,
                "INVALID_REQUEST");
        }
        auto headers = kBrowser;
        headers.emplace_back("X-Original-URL", "https://app.example.org/");
        check_authz_refused(ask_authz(site.deployment, AuthzKind::auth_request, {.headers = headers, .cookie = cookie}),
                            400, "INVALID_REQUEST");
    }
}

TEST_CASE("a peer that is no trusted proxy is told who its cookie is, and is sent nowhere") {
    auto variables = behind_proxy();
    variables["TRUSTED_PROXIES"] = "192.0.2.1";
    Deployment deployment({Stores::embedded, {}, variables});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        check_authz_allowed(ask_authz(deployment, kind, {.headers = kBrowser, .cookie = who.cookie}));
        check_authz_refused(ask_authz(deployment, kind, {.headers = kBrowser}));
        check_authz_refused(ask_authz(deployment, kind, {.headers = kBrowser, .cookie = who.cookie, .roles = "admin"}),
                            403, "FORBIDDEN");
    }
    auto doubled = kBrowser;
    doubled.emplace_back("X-Forwarded-Uri", "/");
    check_authz_allowed(ask_authz(deployment, AuthzKind::forward_auth, {.headers = doubled, .cookie = who.cookie}));
}

TEST_CASE("X-Auth-Request headers instead, redirects off, and no sign-in page without a PUBLIC_ORIGIN") {
    auto variables = behind_proxy();
    SECTION("off") { variables["FORWARD_AUTH_LOGIN_URL"] = "off"; }
    SECTION("no PUBLIC_ORIGIN") { variables.erase("PUBLIC_ORIGIN"); }
    variables["FORWARD_AUTH_HEADERS"] = "x-auth-request";
    Deployment deployment({Stores::embedded, {}, variables});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    for (const AuthzKind kind : kAuthzKinds) {
        INFO(authz_path(kind));
        check_authz_refused(ask_authz(deployment, kind, {.headers = kBrowser}));
        const auto response = ask_authz(deployment, kind, {.headers = kBrowser, .cookie = who.cookie});
        CHECK(response.status == 200);
        CHECK(response.count("Remote-User") == 0);
        CHECK(response.header("X-Auth-Request-User") == who.response.json("user.user_id"));
        CHECK(response.header("X-Auth-Request-Groups") == "student");
        CHECK(response.header("X-Auth-Request-Email") == "jane@example.org");
        CHECK(response.header("X-Auth-Request-Preferred-Username") == "Jane Doe");
    }
}

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
    site.deployment.session_process().kill();
    std::ignore = ask_authz(site.deployment, AuthzKind::ext_authz, {.cookie = site.student.cookie});
    const auto metrics = http(site.deployment.gateway_admin(), "GET", "/metrics").body;
    for (const AuthzKind kind : kAuthzKinds) {
        CHECK(metrics.contains("gatehouse_http_requests_total{route=\"" + authz_path(kind) + "\",status=\"2xx\"} 1"));
    }
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
