// The sign-in page and what belongs to it, as a browser's requests see them. What it does is tested in tests/browser.
#include <algorithm>
#include <regex>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;

namespace {

Deployment& shared() {
    static Deployment deployment({Stores::embedded, {}, {{"RETURN_TO_ORIGINS", "https://app.example.org"}}});
    return deployment;
}

constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'";

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// What a page loads: "/login/style.css?v=…".
std::vector<std::string> assets_of(const std::string& html) {
    const std::regex asset(R"re((?:src|href)="(/login/[^"]+)")re");
    std::vector<std::string> found;
    for (std::sregex_iterator at(html.begin(), html.end(), asset), end; at != end; ++at) found.push_back((*at)[1]);
    return found;
}

}  // namespace

TEST_CASE("pages have the headers of every response, each once, with a content policy of their own") {
    const auto plain = http(shared().gateway(), "GET", "/");
    for (const auto* path : {"/login", "/account", "/login?return_to=https://evil.example/"}) {
        const auto page = http(shared().gateway(), "GET", path);
        INFO(path);
        CHECK(page.status == 200);
        CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
        CHECK(page.header("Content-Security-Policy") == page_policy);
        CHECK(page.header("Cache-Control") == "no-store");
        for (const auto& [name, value] : plain.headers) {
            INFO(name);
            CHECK(page.count(name) == 1);
        }
        CHECK(page.count("Set-Cookie") == 0);
        CHECK_FALSE(holds(page.body, "evil"));
    }
}

TEST_CASE("a page's assets are there under the names that the page gives them, and may be kept") {
    for (const auto* path : {"/login", "/account"}) {
        const auto assets = assets_of(http(shared().gateway(), "GET", path).body);
        CHECK(assets.size() == 4);  // the icon twice, style, script
        for (const auto& asset : assets) {
            INFO(asset);
            const auto kept = http(shared().gateway(), "GET", asset);
            CHECK(kept.status == 200);
            CHECK(kept.count("Cache-Control") == 1);
            CHECK(kept.header("Cache-Control") == "public, max-age=31536000, immutable");
            CHECK(kept.header("X-Content-Type-Options") == "nosniff");
            CHECK(kept.count("Content-Security-Policy") == 1);
            const auto again = http(shared().gateway(), "GET", asset.substr(0, asset.find('?')),
                                    {{"If-None-Match", kept.header("ETag")}});
            CHECK(again.status == 304);
            CHECK(again.body.empty());
            CHECK(again.header("Cache-Control") == "no-cache");
        }
    }
}

TEST_CASE("HEAD tells a page's length and sends nothing of it") {
    for (const auto* path : {"/login", "/account", "/login/style.css"}) {
        const auto head = http(shared().gateway(), "HEAD", path);
        CHECK(head.status == 200);
        CHECK(head.body.empty());
        CHECK(head.header("Content-Length") == std::to_string(http(shared().gateway(), "GET", path).body.size()));
    }
}

TEST_CASE("only a browser that shows a cookie of ours is told to ask who it is") {
    auto& deployment = shared();
    deployment.create_user("page@example.org");
    const auto who = deployment.sign_in("page@example.org");
    const auto session = [&](const HttpHeaders& headers) {
        const auto body = http(deployment.gateway(), "GET", "/login", headers).body;
        return holds(body, "data-session=\"maybe\"");
    };
    CHECK(session({{"Cookie", who.cookie}}));
    CHECK_FALSE(session({}));
    CHECK_FALSE(session({{"Cookie", who.cookie + "x"}}));
}

TEST_CASE("return_to stands in the page if its origin is listed") {
    const auto page = http(shared().gateway(), "GET", "/login?return_to=https%3A%2F%2Fapp.example.org%2Fx%3Fa%3D1%26b");
    CHECK(holds(page.body, "data-return-to=\"https://app.example.org/x?a=1&amp;b\""));
}

TEST_CASE("a posted form gets the page, not JSON, and nobody is signed in by it") {
    const auto posted =
        http(shared().gateway(), "POST", "/login", {{"Content-Type", "application/x-www-form-urlencoded"}},
             "email=page%40example.org&password=correct+horse+1");
    CHECK(posted.status == 405);
    CHECK(posted.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(posted.header("Content-Security-Policy") == page_policy);
    CHECK(posted.count("Set-Cookie") == 0);
    CHECK(holds(posted.body, "<form"));
    CHECK_FALSE(holds(posted.body, "horse"));
    const auto client = http(shared().gateway(), "POST", "/login", {}, "{}");
    CHECK(client.status == 405);
    CHECK(client.json("error_code") == "METHOD_NOT_ALLOWED");
}

TEST_CASE("the index names the pages, and PAGES=off makes them unknown") {
    CHECK(http(shared().gateway(), "GET", "/").json("endpoints.login_page") == "GET /login");
    Deployment without({Stores::embedded, {}, {{"PAGES", "off"}}});
    for (const auto* path : {"/login", "/account", "/login/style.css", "/login/login.js"}) {
        const auto response = http(without.gateway(), "GET", path);
        CHECK(response.status == 404);
        CHECK(response.json("error_code") == "NOT_FOUND");
        CHECK(http(without.gateway(), "OPTIONS", path).status == 404);
    }
    CHECK(http(without.gateway(), "POST", "/login", {{"Content-Type", "application/x-www-form-urlencoded"}}, "a=b")
              .status == 404);
    CHECK(http(without.gateway(), "GET", "/").json("endpoints.login_page") == "(absent)");
    CHECK(without.login("nobody@example.org").status == 401);
}
