// Every address of forward auth in every one of its outcomes: what proto/gateway.v1.yaml says of each was seen. What
// the outcomes depend on is forward_auth_test's.
#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;

namespace {

struct AuthzAddress {
    std::string_view path;
    std::string_view for_admins;   // the same with a rule; empty: it takes none
    std::string_view malformed;    // with a rule, or a header, that is not understood
    HttpHeaders original;          // of a request for https://app.example.org/books
    HttpHeaders original_twice{};  // that no honest proxy sends
};

const std::vector<AuthzAddress>& authz_addresses() {
    static const HttpHeaders forwarded{{"X-Forwarded-Method", "GET"},
                                       {"X-Forwarded-Proto", "https"},
                                       {"X-Forwarded-Host", "app.example.org"},
                                       {"X-Forwarded-Uri", "/books"}};
    static const HttpHeaders envoys{{"X-Forwarded-Proto", "https"}, {"Host", "app.example.org"}};
    static const HttpHeaders two_schemes{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}};
    static const std::vector<AuthzAddress> addresses{
        {"/api/authz/auth-request",
         "/api/authz/auth-request?role=admin",
         "/api/authz/auth-request?rule=admin",
         {{"X-Original-Method", "GET"}, {"X-Original-URL", "https://app.example.org/books"}}},
        {"/api/authz/forward-auth", "/api/authz/forward-auth?role=admin", "/api/authz/forward-auth?rule=admin",
         forwarded},
        {"/api/authz/ext-authz", "", "/api/authz/ext-authz", envoys, two_schemes},
        {"/api/authz/ext-authz/books", "", "/api/authz/ext-authz/books", envoys, two_schemes},
        {"/api/authz/ext-authz;role=student/books", "/api/authz/ext-authz;role=admin/books",
         "/api/authz/ext-authz;role=,/books", envoys},
    };
    return addresses;
}

HttpHeaders joined(HttpHeaders headers, const HttpHeaders& more) {
    headers.insert(headers.end(), more.begin(), more.end());
    return headers;
}

}  // namespace

TEST_CASE("each address of forward auth has each of its outcomes") {
    Deployment deployment(
        {Stores::embedded, {}, {{"TRUSTED_PROXIES", "127.0.0.1"}, {"PUBLIC_ORIGIN", "https://login.example.org"}}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    const HttpHeaders cookie{{"Cookie", who.cookie}};
    const auto status = [&](std::string_view path, const HttpHeaders& headers) {
        return http(deployment.gateway(), "GET", path, headers).status;
    };
    for (const AuthzAddress& address : authz_addresses()) {
        INFO(address.path);
        CHECK(status(address.path, joined(address.original, cookie)) == 200);
        CHECK(status(address.path, address.original) == 401);
        const auto browser = joined(address.original, {{"Sec-Fetch-Mode", "navigate"}});
        CHECK(status(address.path, browser) == (address.path.ends_with("auth-request") ? 401 : 302));
        CHECK(status(address.malformed, joined(joined(address.original_twice, address.original), cookie)) == 400);
        if (!address.for_admins.empty()) CHECK(status(address.for_admins, joined(address.original, cookie)) == 403);
    }
    deployment.session_process().kill();
    for (const AuthzAddress& address : authz_addresses()) {
        INFO(address.path);
        CHECK(status(address.path, joined(address.original, cookie)) == 503);
    }
}
