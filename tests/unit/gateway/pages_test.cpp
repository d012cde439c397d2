#include "gateway/pages/pages.hpp"

#include <algorithm>

#include "made_request.hpp"
#include "support/catch.hpp"
#include "web/response_writer.hpp"

namespace gatehouse::gateway {
namespace {

Config made_config() {
    Config config;
    config.origins.public_origin = "https://login.example.org";
    REQUIRE(config.return_targets.add("https://app.example.org"));
    config.xss_protection = "0";
    return config;
}

struct MadePages {
    Config config = made_config();
    Pages pages{config};

    web::Response login(std::string_view query, Session session = Session::none) const {
        auto request = test::made_request({});
        request.query = query;
        return pages.login(request, session);
    }
    web::Response asset(std::string_view path, std::string_view query, std::vector<web::Header> headers = {}) const {
        auto request = test::made_request(std::move(headers));
        request.path = path;
        request.query = query;
        return pages.asset(request);
    }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

const Embedded& embedded_at(std::string_view path) { return *std::ranges::find(embedded(), path, &Embedded::path); }

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

std::string written(const web::Response& response) {
    std::string out;
    web::write_response(out, response,
                        {"Date: D\r\n", response.fixed_headers, "", "id", web::Keep::alive, web::SendBody::no});
    return out;
}

}  // namespace

TEST_CASE("the build embedded every file whole, and a page names its assets by their hashes") {
    CHECK(embedded().size() == 6);
    for (const auto& file : embedded()) {
        INFO(file.path);
        CHECK(file.hash.size() == 16);
        CHECK(file.content.size() > 100);
        if (!file.content_type.starts_with("text/html")) continue;
        CHECK(file.content.starts_with("<!doctype html>"));
        CHECK(file.content.ends_with("</html>\n"));
        CHECK(count_of(file.content, "{{") == 1);
        for (const auto* path : {"/login/style.css", "/login/icon.svg"}) {
            CHECK(has(file.content, std::string(path) + "?v=" + std::string(embedded_at(path).hash) + "\""));
        }
    }
    CHECK(has(embedded_at("/login/login.js").content, "${answer.request_id}"));  // nothing expanded on the way
    CHECK(has(embedded_at("/login").content, "/login/login.js?v="));
    CHECK(has(embedded_at("/account").content, "/login/account.js?v="));
}

TEST_CASE("nothing in a page needs what its content policy forbids") {
    for (const auto* path : {"/login", "/account"}) {
        const auto html = embedded_at(path).content;
        INFO(path);
        CHECK_FALSE(has(html, " style="));
        CHECK_FALSE(has(html, "<style"));
        CHECK_FALSE(has(html, "<script>"));
        CHECK_FALSE(has(html, " onclick"));
        CHECK_FALSE(has(html, "javascript:"));
        CHECK_FALSE(has(html, "//"));  // no other host
    }
}

TEST_CASE("an allowed return_to stands in the page, another one does not") {
    const MadePages made;
    const auto target = [&](std::string_view query) {
        const auto body = made.login(query).body;
        const auto at = body.find(" data-return-to=\"");
        if (at == std::string::npos) return std::string("(none)");
        const auto from = at + std::string_view(" data-return-to=\"").size();
        return body.substr(from, body.find('"', from) - from);
    };
    CHECK(target("return_to=https%3A%2F%2Fapp.example.org%2Fa%3Fb%3D1%26c%3D2") ==
          "https://app.example.org/a?b=1&amp;c=2");
    CHECK(target("return_to=https://app.example.org/a+b") == "https://app.example.org/a+b");
    CHECK(target("x=1&return_to=/account&y") == "/account");
    CHECK(target("") == "(none)");
    CHECK(target("return_to=") == "(none)");
    CHECK(target("return_to=https://evil.example/") == "(none)");
    CHECK(target("return_to=//evil.example/") == "(none)");
    CHECK(target("return_to=javascript:alert(1)") == "(none)");
    CHECK(target("return_to=%zz") == "(none)");
    CHECK(target("RETURN_TO=/account") == "(none)");
    CHECK(target(std::string_view("return_to=/account HTTP/1.1&return_to=/").substr(0, 18)) == "/account");
    // Twice: whoever checked the one before us may have meant the other.
    CHECK(target("return_to=/account&return_to=/") == "(none)");
}

TEST_CASE("whatever an allowed address holds cannot leave its attribute") {
    CHECK(html_attribute(R"(a"b'c<d>e&f)") == "a&quot;b&#39;c&lt;d&gt;e&amp;f");
    const MadePages made;
    const auto body = made.login("return_to=https://app.example.org/'%2527&b='x").body;
    CHECK_FALSE(has(body, "org/'"));
    for (const auto* query : {R"(return_to=/a"onload="x)", "return_to=/a%22%20onload=%22x", "return_to=/a%3Cscript%3E",
                              "return_to=/a'><script>alert(1)</script>"}) {
        INFO(query);
        const auto page = made.login(query).body;
        CHECK_FALSE(has(page, "onload=\"x"));
        CHECK_FALSE(has(page, "<script>"));
    }
}

TEST_CASE("the page says whether asking who one is makes sense, and where its own address is") {
    MadePages made;
    CHECK(has(made.login("").body, R"(<body data-session="none" data-public-origin="https://login.example.org">)"));
    made.config.origins.public_origin.clear();
    CHECK(has(made.login("", Session::maybe).body, R"(<body data-session="maybe">)"));
    CHECK(has(made.pages.account().body, "<body>"));
}

TEST_CASE("a page has one content policy, its own, and is kept by nobody") {
    const MadePages made;
    for (const auto& response : {made.login(""), made.pages.account()}) {
        const auto head = written(response);
        INFO(head);
        CHECK(count_of(head, "Content-Security-Policy: ") == 1);
        CHECK(has(head,
                  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"));
        CHECK_FALSE(has(head, "unsafe"));
        CHECK(count_of(head, "Cache-Control: ") == 1);
        CHECK(has(head, "Cache-Control: no-store\r\n"));
        CHECK(has(head, "X-Content-Type-Options: nosniff\r\n"));
        CHECK(has(head, "X-XSS-Protection: 0\r\n"));
        CHECK(has(head, "Content-Type: text/html; charset=utf-8\r\n"));
    }
}

TEST_CASE("an asset is kept for good under its hash, and looked after without it") {
    const MadePages made;
    const auto& style = embedded_at("/login/style.css");
    const auto by_hash = made.asset(style.path, std::string("v=").append(style.hash));
    CHECK(by_hash.status == 200);
    CHECK(by_hash.body == style.content);
    CHECK(by_hash.content_type == "text/css; charset=utf-8");
    CHECK(has(written(by_hash), "Cache-Control: public, max-age=31536000, immutable\r\n"));
    // Another version's hash, while two run side by side: what is answered now may not be kept under it.
    for (const auto* query : {"", "v=", "v=0123456789abcdef", "w=1"}) {
        const auto response = made.asset(style.path, query);
        CHECK(response.body == style.content);
        CHECK(has(written(response), "Cache-Control: no-cache\r\n"));
    }
}

TEST_CASE("an asset that the browser has is not sent again") {
    const MadePages made;
    const auto& script = embedded_at("/login/login.js");
    const auto tag = std::string("\"").append(script.hash).append("\"");
    const auto status = [&](const std::string& known) {
        const auto response = made.asset(script.path, "", {{"If-None-Match", known}});
        CHECK(has(written(response), "ETag: " + tag + "\r\n"));
        CHECK(response.body.empty() == (response.status == 304));
        return response.status;
    };
    CHECK(status(tag) == 304);
    CHECK(status("W/" + tag) == 304);
    CHECK(status("\"old\" , " + tag) == 304);
    CHECK(status("*") == 304);
    CHECK(status("\"old\"") == 200);
    CHECK(status(std::string(script.hash)) == 200);
    CHECK(status("") == 200);
}

}  // namespace gatehouse::gateway
