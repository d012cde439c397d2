#include "gateway/guard/original_request.hpp"

#include "made_request.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

using test::made_request;
using Headers = std::vector<web::Header>;

web::Request from_proxy(Headers headers) {
    auto request = made_request(std::move(headers), "app.example.org");
    request.origin.trusted_peer = true;
    request.method = web::Method::get;
    request.method_text = "GET";
    return request;
}

Headers forwarded() {
    return {{"X-Forwarded-Method", "GET"},
            {"X-Forwarded-Proto", "https"},
            {"X-Forwarded-Host", "app.example.org"},
            {"X-Forwarded-Uri", "/a?b=c"}};
}

// The headers with one of them set to another value; with it left out if that is empty.
Headers with(Headers headers, std::string_view name, std::string_view value) {
    std::erase_if(headers, [&](const web::Header& field) { return field.name == name; });
    if (!value.empty()) headers.push_back({name, value});
    return headers;
}

bool is_refused(const Original& original, std::string_view name) {
    return !original && original.error().code == proto::ErrorCode::invalid_request &&
           original.error().message.contains(name);
}

}  // namespace

TEST_CASE("each proxy tells method and address in its own way") {
    const auto nginx = original_of_auth_request(
        from_proxy({{"X-Original-Method", "POST"}, {"X-Original-URL", "https://app.example.org/a?b=c"}}));
    REQUIRE(nginx);
    CHECK(nginx->method == "POST");
    CHECK(nginx->url == "https://app.example.org/a?b=c");

    const auto traefik = original_of_forward_auth(from_proxy(forwarded()));
    REQUIRE(traefik);
    CHECK(traefik->method == "GET");
    CHECK(traefik->url == "https://app.example.org/a?b=c");

    auto request = from_proxy({{"X-Forwarded-Proto", "https"}});
    request.method_text = "PROPFIND";
    const auto envoy = original_of_ext_authz(request, "/a?b=c");
    REQUIRE(envoy);
    CHECK(envoy->method == "PROPFIND");
    CHECK(envoy->url == "https://app.example.org/a?b=c");
}

TEST_CASE("what a proxy does not say is unknown") {
    const auto silent = from_proxy({});
    CHECK(original_of_auth_request(silent)->method.empty());
    CHECK(original_of_auth_request(silent)->url.empty());
    CHECK(original_of_forward_auth(silent)->method.empty());
    CHECK(original_of_forward_auth(silent)->url.empty());
    for (const std::string_view name : {"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"}) {
        INFO(name);
        const auto original = original_of_forward_auth(from_proxy(with(forwarded(), name, "")));
        REQUIRE(original);
        CHECK(original->method == "GET");
        CHECK(original->url.empty());
    }
    CHECK(original_of_ext_authz(silent, "")->url.empty());
}

TEST_CASE("Envoy's scheme is the client's connection's without X-Forwarded-Proto") {
    auto request = from_proxy({});
    CHECK(original_of_ext_authz(request, "/")->url == "http://app.example.org/");
    request.origin.https = true;
    CHECK(original_of_ext_authz(request, "/")->url == "https://app.example.org/");
}

TEST_CASE("from a peer that is not trusted nothing is believed, and nothing complained of") {
    auto headers = forwarded();
    headers.insert(headers.end(), {{"X-Original-Method", "GET"},
                                   {"X-Original-Method", "G E T"},
                                   {"X-Original-URL", "https://app.example.org/"},
                                   {"X-Forwarded-Host", "evil.example"}});
    auto request = from_proxy(headers);
    request.origin.trusted_peer = false;
    for (const auto& original :
         {original_of_auth_request(request), original_of_forward_auth(request), original_of_ext_authz(request, "/a")}) {
        REQUIRE(original);
        CHECK(original->method.empty());
        CHECK(original->url.empty());
    }
}

TEST_CASE("a header that came twice is refused, even with one value: the client may have sent one of them") {
    for (const auto& field : forwarded()) {
        INFO(field.name);
        auto headers = forwarded();
        headers.push_back(field);
        CHECK(is_refused(original_of_forward_auth(from_proxy(headers)), field.name));
    }
    const web::Header url{"X-Original-URL", "https://app.example.org/"};
    const web::Header lower_url{"x-original-url", "https://app.example.org/"};
    CHECK(is_refused(original_of_auth_request(from_proxy({url, lower_url})), "X-Original-URL"));
    const web::Header method{"X-Original-Method", "GET"};
    CHECK(is_refused(original_of_auth_request(from_proxy({method, method})), "X-Original-Method"));
    const web::Header proto{"X-Forwarded-Proto", "https"};
    CHECK(is_refused(original_of_ext_authz(from_proxy({proto, proto}), "/"), "X-Forwarded-Proto"));
}

TEST_CASE("a malformed header is refused") {
    struct Row {
        std::string_view name;
        std::string_view value;
    };
    for (const Row& row :
         {Row{"X-Forwarded-Method", "GET, POST"}, Row{"X-Forwarded-Method", "G(T"},
          Row{"X-Forwarded-Method", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"}, Row{"X-Forwarded-Proto", "https, http"},
          Row{"X-Forwarded-Proto", "ftp"}, Row{"X-Forwarded-Proto", "https:"}, Row{"X-Forwarded-Host", "a, b"},
          Row{"X-Forwarded-Host", "user@app.example.org"}, Row{"X-Forwarded-Host", "app.example.org/x"},
          Row{"X-Forwarded-Host", "app.example.org:x"}, Row{"X-Forwarded-Uri", "a"}, Row{"X-Forwarded-Uri", "*"},
          Row{"X-Forwarded-Uri", "https://app.example.org/"}}) {
        INFO(row.name << ": " << row.value);
        CHECK(is_refused(original_of_forward_auth(from_proxy(with(forwarded(), row.name, row.value))), row.name));
    }
    for (const std::string_view url :
         {"app.example.org", "/a", "ftp://a/", "javascript:alert(1)", "https:/a", "//a/"}) {
        INFO(url);
        CHECK(is_refused(original_of_auth_request(from_proxy({{"X-Original-URL", url}})), "X-Original-URL"));
    }
    CHECK(is_refused(original_of_auth_request(from_proxy({{"X-Original-Method", ""}})), "X-Original-Method"));
}

TEST_CASE("a WebSocket's schemes are those that it began with") {
    CHECK(original_of_forward_auth(from_proxy(with(forwarded(), "X-Forwarded-Proto", "wss")))->url ==
          "https://app.example.org/a?b=c");
    CHECK(original_of_forward_auth(from_proxy(with(forwarded(), "X-Forwarded-Proto", "WS")))->url ==
          "http://app.example.org/a?b=c");
}

TEST_CASE("only a browser that goes to a page navigates") {
    struct Row {
        std::string_view method;
        Headers headers;
        bool navigates;
    };
    const std::string_view browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (const Row& row : {
             Row{"GET", {{"Sec-Fetch-Mode", "navigate"}, {"Accept", browser}}, true},
             Row{"HEAD", {{"Sec-Fetch-Mode", "navigate"}}, true},
             Row{"GET", {{"sec-fetch-mode", "navigate"}, {"Accept", "*/*"}}, true},
             Row{"GET", {{"Accept", browser}}, true},
             Row{"GET", {{"Accept", "application/xml, Text/HTML ; q=0.5"}}, true},
             Row{"GET", {{"Accept", "application/json"}, {"Accept", "text/html"}}, true},
             // Methods that a redirect would turn into another request, or that pages send by script.
             Row{"POST", {{"Sec-Fetch-Mode", "navigate"}, {"Accept", browser}}, false},
             Row{"OPTIONS", {{"Sec-Fetch-Mode", "navigate"}, {"Accept", browser}}, false},
             Row{"PUT", {{"Accept", browser}}, false},
             Row{"DELETE", {{"Accept", browser}}, false},
             Row{"get", {{"Accept", browser}}, false},
             Row{"", {{"Sec-Fetch-Mode", "navigate"}, {"Accept", browser}}, false},
             // Scripts, pictures, WebSockets: what Sec-Fetch-Mode says counts, whatever is accepted.
             Row{"GET", {{"Sec-Fetch-Mode", "cors"}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", "no-cors"}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", "same-origin"}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", "websocket"}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", "Navigate"}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", ""}, {"Accept", browser}}, false},
             Row{"GET", {{"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Mode", "cors"}}, false},
             // Clients that do not send it and want something else, or anything.
             Row{"GET", {}, false},
             Row{"GET", {{"Accept", "*/*"}}, false},
             Row{"GET", {{"Accept", "text/*"}}, false},
             Row{"GET", {{"Accept", "application/json"}}, false},
             Row{"GET", {{"Accept", "application/json;x=text/html"}}, false},
             Row{"GET", {{"Accept", "text/html+xml"}}, false},
             Row{"GET", {{"Accept", browser}, {"X-Requested-With", "XMLHttpRequest"}}, false},
         }) {
        INFO(row.method);
        for (const auto& field : row.headers) UNSCOPED_INFO(field.name << ": " << field.value);
        CHECK(is_navigation(made_request(row.headers), row.method) == row.navigates);
    }
}

}  // namespace gatehouse::gateway
