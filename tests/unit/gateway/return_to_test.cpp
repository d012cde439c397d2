#include "gateway/guard/return_to.hpp"

#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

ReturnTargets targets() {
    ReturnTargets made;
    for (const auto* origin :
         {"https://login.example.org", "https://app.example.com", "https://app.example.com:8443",
          "http://localhost:3000", "https://*.example.net", "https://*.apps.example.com:9443", "https://[2001:db8::1]"})
        REQUIRE(made.add(origin));
    return made;
}

std::string allowed(std::string_view url) { return allowed_return_to(url, targets()).value_or("(refused)"); }

}  // namespace

TEST_CASE("a listed origin and a path on ourselves may be returned to, normalised") {
    struct Row {
        std::string_view url;
        std::string_view normal;
    };
    for (const Row& row : {
             Row{"https://login.example.org/", "https://login.example.org/"},
             Row{"https://login.example.org", "https://login.example.org/"},
             Row{"https://app.example.com/a/b?c=d&e=f#g", "https://app.example.com/a/b?c=d&e=f#g"},
             Row{"HTTPS://APP.Example.COM/Path", "https://app.example.com/Path"},
             Row{"https://app.example.com:443/", "https://app.example.com/"},
             Row{"https://app.example.com:/", "https://app.example.com/"},
             Row{"https://app.example.com:8443/x", "https://app.example.com:8443/x"},
             Row{"https://app.example.com?q", "https://app.example.com/?q"},
             Row{"https://app.example.com#@evil.example", "https://app.example.com/#@evil.example"},
             Row{"https://app.example.com?@evil.example/", "https://app.example.com/?@evil.example/"},
             Row{"https://app.example.com/@evil.example", "https://app.example.com/@evil.example"},
             Row{"https://app.example.com//evil.example", "https://app.example.com//evil.example"},
             Row{"https://app.example.com/?next=https://evil.example/",
                 "https://app.example.com/?next=https://evil.example/"},
             Row{"https://app.example.com/%0d%0aSet-Cookie:a=b", "https://app.example.com/%0d%0aSet-Cookie:a=b"},
             Row{"https://app.example.com/list?id[]=1|2", "https://app.example.com/list?id%5B%5D=1%7C2"},
             Row{R"(https://app.example.com/?q="a"<b>^`{}")",
                 "https://app.example.com/?q=%22a%22%3Cb%3E%5E%60%7B%7D%22"},
             Row{"http://localhost:3000/x", "http://localhost:3000/x"},
             Row{"https://[2001:db8::1]/x", "https://[2001:db8::1]/x"},
             Row{"https://a.example.net/", "https://a.example.net/"},
             Row{"https://b.A.example.net/", "https://b.a.example.net/"},
             Row{"https://one.apps.example.com:9443/", "https://one.apps.example.com:9443/"},
             Row{"/", "/"},
             Row{"/account", "/account"},
             Row{"/account?a=b#c", "/account?a=b#c"},
             Row{"/account?next=//evil.example", "/account?next=//evil.example"},
             Row{"/a//b", "/a//b"},
             Row{"/a.b/.c/..d", "/a.b/.c/..d"},
         }) {
        INFO(row.url);
        CHECK(allowed(row.url) == row.normal);
    }
}

TEST_CASE("what leads elsewhere, or may for some browser, is refused") {
    for (const std::string_view url : {
             // Another origin.
             "https://evil.example/",
             "https://app.example.com.evil.example/",
             "https://evil-app.example.com/",
             "https://evilapp.example.com/",
             "https://example.com/",
             "https://example.org/",
             "https://evil.example/app.example.com",
             "https://evil.example/?https://app.example.com/",
             "https://evil.example#https://app.example.com/",
             "https://app.example.com:444/",
             "https://app.example.com:80/",
             "https://app.example.com:%40443/",
             "https://app.example.com:x/",
             "https://app.example.com:00443/",
             "https://app.example.com:65979/",
             "https://login.example.org:8443/",
             "https://localhost:3000/",
             "http://localhost/",
             "http://localhost:3001/",
             "https://app.example.com./",
             "https://.app.example.com/",
             "https://[2001:db8::2]/",
             "https://[2001:db8:0::1]/",
             "https://2001:db8::1/",
             // A wildcard takes whole labels, at least one, at its own port.
             "https://example.net/",
             "https://.example.net/",
             "https://a..example.net/",
             "https://evilexample.net/",
             "https://a.example.net.evil.example/",
             "https://a.example.net:8443/",
             "http://a.example.net/",
             "https://*.example.net/",
             "https://apps.example.com:9443/",
             "https://one.apps.example.com/",
             "https://evil.example;.example.net/",
             "https://evil.example,.example.net/",
             "https://a_b!.example.net/",
             // Plain HTTP where HTTPS is listed, other schemes, no scheme.
             "http://app.example.com/",
             "http://app.example.com:443/",
             "ftp://app.example.com/",
             "ws://app.example.com/",
             "wss://app.example.com/",
             "javascript:alert(1)",
             "javascript://app.example.com/%0aalert(1)",
             "data:text/html,x",
             "blob:https://app.example.com/x",
             "view-source:https://app.example.com/",
             "file:///etc/passwd",
             "about:blank",
             "app.example.com",
             "app.example.com/x",
             "https",
             "https:",
             "://app.example.com/",
             // Slashes that browsers read as they like.
             "//app.example.com/",
             "//evil.example",
             "///evil.example",
             "////evil.example",
             "https:app.example.com",
             "https:/app.example.com/",
             "https:///app.example.com/",
             "https:////app.example.com/",
             "/\\evil.example",
             "\\evil.example",
             "\\\\evil.example",
             "/\\/evil.example",
             "https:\\\\app.example.com\\",
             "https://evil.example\\@app.example.com/",
             "https://app.example.com\\.evil.example/",
             "https://app.example.com\\",
             "/a\\b",
             // User information.
             "https://app.example.com@evil.example/",
             "https://user@app.example.com/",
             "https://user:pw@app.example.com/",
             "https://@app.example.com/",
             "https://:@app.example.com/",
             "https://app.example.com:443@evil.example/",
             "https://evil.example%40app.example.com/",
             "https://app.example.com%40evil.example/",
             // Escaped hosts.
             "https://app%2eexample.com/",
             "https://%61pp.example.com/",
             "https://app.example.com%00.evil.example/",
             "https://evil.example%2f.example.net/",
             "https://evil.example%23.example.net/",
             "https://evil.example%5c.example.net/",
             "https://evil.example{.example.net/",
             "https://[evil].example.net/",
             "https://[::1].example.net/",
             "https://app.example.com%/",
             // Blanks, control characters, bytes that are not ASCII.
             " https://app.example.com/",
             "https://app.example.com/ ",
             "\thttps://app.example.com/",
             "ht\ttps://app.example.com/",
             "https://app.example.com/\n",
             "https://app.example.com/\r\nSet-Cookie: a=b",
             "https://app.\nexample.com/",
             "/\t/evil.example",
             "/ /evil.example",
             "\x01/account",
             "/account\x7f",
             "https://app.example.c\xc3\xb6m/",
             "https://app\xe3\x80\x82"  // one text: NOLINT(bugprone-suspicious-missing-comma)
             "example\xe3\x80\x82"
             "com/",
             "/\xc3\xa9",
             "https://\xef\xbd\x81pp.example.com/",
             // Paths on ourselves that become others.
             "",
             "account",
             "./account",
             "../account",
             "?a=b",
             "#a",
             "/.//evil.example",
             "/..//evil.example",
             "/a/..//evil.example",
             "/./",
             "/a/.",
             "/a/..",
             "/%2e//evil.example",
             "/%2E%2e//evil.example",
             "/a/.%2e//evil.example",
             "/%zz",
             "/a%",
         }) {
        INFO(url);
        CHECK(allowed(url) == "(refused)");
    }
    CHECK(allowed(std::string_view("/a\0b", 4)) == "(refused)");
    CHECK(allowed(std::string_view("https://app.example.com\0.evil.example/", 38)) == "(refused)");
}

TEST_CASE("an address of 2048 bytes is taken, a longer one is not, before or after it is escaped") {
    const std::string front = "https://app.example.com/";
    CHECK(allowed(front + std::string(2048 - front.size(), 'a')) != "(refused)");
    CHECK(allowed(front + std::string(2049 - front.size(), 'a')) == "(refused)");
    CHECK(allowed(front + std::string(1000, '|')) == "(refused)");
    CHECK(allowed("/" + std::string(2047, 'a')) != "(refused)");
    CHECK(allowed("/" + std::string(2048, 'a')) == "(refused)");
    const std::string host = "https://app.example.com";  // gets its "/" here
    CHECK(allowed(host + "?" + std::string(2047 - host.size(), 'a')) == "(refused)");
}

TEST_CASE("nobody listed: only paths on ourselves") {
    const ReturnTargets nobody;
    CHECK(allowed_return_to("/account", nobody) == "/account");
    CHECK_FALSE(allowed_return_to("https://login.example.org/", nobody));
    CHECK_FALSE(allowed_return_to("//login.example.org/", nobody));
}

TEST_CASE("a target is an origin or the hosts below a domain, nothing wider") {
    ReturnTargets made;
    for (const std::string_view good : {"https://app.example.org", "http://localhost:3000", "https://192.0.2.1",
                                        "https://[::1]:8443", "https://*.example.org", "https://*.example.org:8443",
                                        "https://App.Example.ORG", "https://app.example.org:443"}) {
        INFO(good);
        CHECK(made.add(good));
    }
    for (const std::string_view bad : {"",
                                       "*",
                                       "https://*",
                                       "https://*.",
                                       "https://*.org",
                                       "https://*.co.uk",
                                       "https://*.github.io",
                                       "https://*.localhost",
                                       "https://*.*.org",
                                       "https://*example.org",
                                       "https://a.*.example.org",
                                       "https://*..example.org",
                                       "http://*.example.org",
                                       "https://*.192.0.2.1",
                                       "https://*.[::1]",
                                       "https://user@app.example.org",
                                       "https://app.example.org/",
                                       "https://app.example.org/x",
                                       "https://app.example.org?x",
                                       "https://app.example.org#x",
                                       "app.example.org",
                                       "//app.example.org",
                                       "ftp://app.example.org",
                                       "null",
                                       "https://",
                                       "https://a b",
                                       "https://a%2eb",
                                       "https://*.a!b.org",
                                       "/account"}) {
        INFO(bad);
        CHECK_FALSE(made.add(bad));
    }
    CHECK(made.contains("https", "app.example.org", "443"));
    CHECK_FALSE(made.contains("https", "user.example.com", "443"));
}

}  // namespace gatehouse::gateway
