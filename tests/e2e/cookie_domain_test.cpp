// One session for the hosts below a domain (COOKIE_DOMAIN), and what other hosts below it, or the time before it, leave
// in a browser.
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;

namespace {

Deployment& shared_domain() {
    static struct SharedDomain {
        SharedDomain() {
            deployment.create_user("victim@example.org");
            deployment.create_user("mallory@example.org");
        }
        Deployment deployment{{Stores::embedded,
                               {},
                               {{"PUBLIC_ORIGIN", "https://login.example.org"},
                                {"ALLOWED_ORIGINS", "https://app.example.org"},
                                {"SESSION_COOKIE_SECURE", "on"},
                                {"COOKIE_DOMAIN", "example.org"}}}};
    } site;
    return site.deployment;
}

// The cookie's value under the name that it had before there was a domain.
std::string as_host_cookie(const SignedIn& who) {
    return "__Host-session=" + who.cookie.substr(who.cookie.find('=') + 1);
}

HttpResponse check_with(Deployment& deployment, const std::string& cookies) {
    return http(deployment.gateway(), "GET", "/auth/check", {{"Cookie", cookies}});
}

std::string cookie_in(const HttpResponse& response) {
    const auto header = response.header("Set-Cookie");
    return header.substr(0, header.find(';'));
}

bool clears(const HttpResponse& response, std::string_view start, std::string_view domain) {
    for (const auto& [name, value] : response.headers) {
        if (name != "Set-Cookie" || !value.starts_with(start) || !value.contains("; Max-Age=0;")) continue;
        return domain.empty() ? !value.contains("Domain") : value.contains("; Domain=" + std::string(domain) + ";");
    }
    return false;
}

}  // namespace

TEST_CASE("the cookie of a domain is __Secure-, names the domain, and is cleared with it") {
    auto& deployment = shared_domain();
    const auto who = deployment.sign_in("victim@example.org");
    const auto set = who.response.header("Set-Cookie");
    INFO(set);
    CHECK(who.response.count("Set-Cookie") == 1);
    CHECK(set.starts_with("__Secure-session=1"));
    for (const auto* attribute : {"; Domain=example.org;", "; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax"}) {
        CHECK(set.contains(attribute));
    }
    CHECK(deployment.check(who).status == 200);
    const auto out = deployment.logout(who);
    CHECK(out.status == 200);
    CHECK(out.count("Set-Cookie") == 1);
    CHECK(clears(out, "__Secure-session=;", "example.org"));
    CHECK(deployment.check(who).status == 401);
}

TEST_CASE("a cookie that a browser kept from before is nobody, and changes nothing beside the new one") {
    auto& deployment = shared_domain();
    const auto kept = as_host_cookie(deployment.sign_in("mallory@example.org"));
    CHECK(check_with(deployment, kept).status == 401);
    const auto who = deployment.sign_in("victim@example.org");
    for (const auto& cookies : {kept + "; " + who.cookie, who.cookie + "; " + kept}) {
        CHECK(check_with(deployment, cookies).json("user.email") == "victim@example.org");
    }
}

TEST_CASE("signing in or out ends and clears the cookie from before: it would be a session again without the domain") {
    auto& deployment = shared_domain();
    const auto before = deployment.sign_in("victim@example.org");
    const auto in = deployment.login("victim@example.org", Deployment::kPassword, {{"Cookie", as_host_cookie(before)}});
    REQUIRE(in.status == 200);
    CHECK(in.count("Set-Cookie") == 2);
    CHECK(cookie_in(in).starts_with("__Secure-session=1"));
    CHECK(clears(in, "__Host-session=;", ""));
    CHECK(deployment.check(before).status == 401);

    const auto another = deployment.sign_in("victim@example.org");
    const auto out =
        http(deployment.gateway(), "POST", "/auth/logout",
             {{"Cookie", cookie_in(in) + "; " + as_host_cookie(another)}, {"X-CSRF-Token", in.json("csrf_token")}});
    CHECK(out.status == 200);
    CHECK(clears(out, "__Secure-session=;", "example.org"));
    CHECK(clears(out, "__Host-session=;", ""));
    CHECK(check_with(deployment, cookie_in(in)).status == 401);
    CHECK(deployment.check(another).status == 401);
    // The former cookie alone is a session as well: a page's token shows that its user means it, then it ends.
    const auto left = deployment.sign_in("victim@example.org");
    const HttpHeaders left_over{{"Cookie", as_host_cookie(left)}};
    CHECK(http(deployment.gateway(), "POST", "/auth/logout", left_over).json("error_code") == "CSRF_REJECTED");
    CHECK(deployment.check(left).status == 200);
    const auto meant = http(deployment.gateway(), "POST", "/auth/logout",
                            {{"Cookie", as_host_cookie(left)}, {"X-CSRF-Token", left.csrf_token}});
    CHECK(meant.status == 200);
    CHECK(clears(meant, "__Host-session=;", ""));
    CHECK(deployment.check(left).status == 401);
    // Without a session there is nothing to prove, and the browser is rid of it.
    const auto alone = http(deployment.gateway(), "POST", "/auth/logout", {{"Cookie", "__Host-session=old"}});
    CHECK(alone.status == 200);
    CHECK(clears(alone, "__Host-session=;", ""));
}

TEST_CASE("a session planted by another host below the domain makes nobody of both, until a sign-in ends it") {
    auto& deployment = shared_domain();
    const auto planted = deployment.sign_in("mallory@example.org");
    const auto who = deployment.sign_in("victim@example.org");
    for (const auto& cookies : {planted.cookie + "; " + who.cookie, who.cookie + "; " + planted.cookie}) {
        CHECK(check_with(deployment, cookies).status == 401);  // never Mallory's account in the victim's name
    }
    const auto again =
        deployment.login("victim@example.org", Deployment::kPassword, {{"Cookie", planted.cookie + "; " + who.cookie}});
    REQUIRE(again.status == 200);
    CHECK(deployment.check(planted).status == 401);
    CHECK(deployment.check(who).status == 401);
    // A planted cookie with a path of its own stays in the browser. It is dead, and locks nobody out.
    const auto check = check_with(deployment, planted.cookie + "; " + cookie_in(again));
    CHECK(check.status == 200);
    CHECK(check.json("user.email") == "victim@example.org");
    CHECK(check.json("csrf_token") == again.json("csrf_token"));
}

TEST_CASE("more valid cookies than a browser ever has are nobody, whatever lives among them") {
    auto& deployment = shared_domain();
    std::vector<SignedIn> ended;
    for (int i = 0; i < 4; ++i) {
        ended.push_back(deployment.sign_in("victim@example.org"));
        REQUIRE(deployment.logout(ended.back()).status == 200);
    }
    auto cookies = deployment.sign_in("victim@example.org").cookie;
    for (int i = 0; i < 3; ++i) cookies += "; " + ended[static_cast<std::size_t>(i)].cookie;
    CHECK(check_with(deployment, cookies).status == 200);
    CHECK(check_with(deployment, cookies + "; " + ended[3].cookie).status == 401);
}

TEST_CASE("of the domain's other pages only an allowed one may sign in: same-site is no permission") {
    auto& deployment = shared_domain();
    const auto from = [&](std::string_view origin) {
        return deployment.login("victim@example.org", Deployment::kPassword,
                                {{"Sec-Fetch-Site", "same-site"}, {"Origin", std::string(origin)}});
    };
    const auto allowed = from("https://app.example.org");
    CHECK(allowed.status == 200);
    CHECK(allowed.header("Access-Control-Allow-Origin") == "https://app.example.org");
    for (const auto* origin :
         {"https://evil.example.org", "http://app.example.org", "https://app.example.org.evil.example"}) {
        INFO(origin);
        const auto refused = from(origin);
        CHECK(refused.status == 403);
        CHECK(refused.json("error_code") == "CSRF_REJECTED");
        CHECK(refused.count("Set-Cookie") == 0);
    }
}
