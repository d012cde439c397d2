// A site behind forward auth, and questions as each kind of proxy asks them.
#pragma once

#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {

inline const HttpHeaders kBrowser{{"Sec-Fetch-Mode", "navigate"}, {"Accept", "text/html,*/*;q=0.8"}};
inline const HttpHeaders kOldBrowser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
inline const HttpHeaders kScript{{"Sec-Fetch-Mode", "cors"}, {"Accept", "text/html"}};
inline const HttpHeaders kApiClient{{"Accept", "*/*"}};
inline constexpr std::string_view kSignIn = "https://login.example.org/login";
inline constexpr std::string_view kSignInAndBack =
    "https://login.example.org/login?return_to=https%3A%2F%2Fapp.example.org%2Fbooks%3Fpage%3D2";

inline Variables behind_proxy() {
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

inline ProtectedSite& embedded_site() {
    static ProtectedSite site(Stores::embedded);
    return site;
}
inline ProtectedSite& each_site() {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    UNSCOPED_INFO(name_of(stores));
    if (stores == Stores::embedded) return embedded_site();
    static ProtectedSite servers(Stores::servers);
    return servers;
}

enum class AuthzKind { auth_request, forward_auth, ext_authz };
inline constexpr AuthzKind kAuthzKinds[] = {AuthzKind::auth_request, AuthzKind::forward_auth, AuthzKind::ext_authz};

inline std::string authz_path(AuthzKind kind) {
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

inline HttpResponse ask_authz(Deployment& deployment, AuthzKind kind, const Asked& asked,
                              std::string_view asks_by = "GET") {
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

inline void check_authz_allowed(const HttpResponse& response) {
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

inline void check_authz_refused(const HttpResponse& response, int status = 401,
                                std::string_view code = "NOT_AUTHENTICATED") {
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
inline void check_sent_to(AuthzKind kind, const HttpResponse& response, std::string_view where) {
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

}  // namespace gatehouse::test
