// Forward auth as a reverse proxy meets it: the three endpoints on both store pairs, with all that a browser, a script,
// an API client and an attacker send through it.
#include <tuple>
#include <vector>

#include "forward_auth_site.hpp"

using namespace gatehouse::test;

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
    // A rule in a place where Envoy would make a part of the original request of it, neither.
    for (const auto* path : {"/api/authz/ext-authz?role=admin/books", "/api/authz/ext-authz/;role=admin/books"}) {
        INFO(path);
        const HttpHeaders headers{{"Cookie", site.student.cookie}};
        check_authz_refused(http(site.deployment.gateway(), "GET", path, headers), 400, "INVALID_REQUEST");
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
