#include "gateway/guard/session_cookie.hpp"

#include <algorithm>

#include "crypto/token.hpp"
#include "made_request.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using test::made_request;

SessionCookie cookie(std::string_view key = "one key", std::vector<std::string_view> older = {},
                     const std::string& name = "session", std::string domain = {}) {
    std::vector<Secret> fallbacks;
    for (const auto old : older) fallbacks.emplace_back(old);
    const Secret current{key};
    return {{name, name.starts_with("__"), 24h, std::move(domain)},
            crypto::KeyRing(current, fallbacks, "cookie"),
            crypto::KeyRing(current, fallbacks, "csrf")};
}

std::string token(std::string_view user = "1") { return std::string(crypto::new_token(crypto::tag_of(user)).view()); }

// The value in a Set-Cookie header's text.
std::string value_of(const std::string& set_cookie) {
    const auto begin = set_cookie.find('=') + 1;
    return set_cookie.substr(begin, set_cookie.find(';') - begin);
}

// Attributes of a Set-Cookie text, sorted.
std::vector<std::string> attributes_of(std::string text) {
    std::vector<std::string> found;
    for (auto end = text.find("; "); end != std::string::npos; end = text.find("; ")) {
        text.erase(0, end + 2);
        found.push_back(text.substr(0, text.find("; ")));
    }
    std::ranges::sort(found);
    return found;
}

struct ReadCookies {
    std::vector<std::string> tokens;
    bool ambiguous;
    bool any;
};
ReadCookies read(const SessionCookie& cookie, const std::string& header) {
    const auto request = made_request({{"Cookie", header}});
    const auto found = cookie.read(request);
    return {{found.tokens.begin(), found.tokens.end()}, found.ambiguous, found.any};
}

}  // namespace

TEST_CASE("a cookie that was issued is read back") {
    const auto ours = cookie();
    const auto text = token();
    const auto found = read(ours, "a=b; session=" + value_of(ours.issue(text)) + "; c=d");
    CHECK(found.tokens == std::vector{text});
    CHECK(found.any);
    CHECK_FALSE(found.ambiguous);
}

TEST_CASE("no cookie of that name is none") {
    for (const auto* header : {"", "a=b", "Session=x", "xsession=x", "session", "sessionx=1"}) {
        const auto found = read(cookie(), header);
        CHECK(found.tokens.empty());
        CHECK_FALSE(found.any);
        CHECK_FALSE(found.ambiguous);
    }
}

TEST_CASE("one changed character anywhere, one more or one less, and it is forged") {
    const auto ours = cookie();
    const auto value = value_of(ours.issue(token()));
    REQUIRE(read(ours, "session=" + value).tokens.size() == 1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        for (const char other : {'A', 'b', '3', '-', '.'}) {
            if (value[i] == other) continue;
            auto forged = value;
            forged[i] = other;
            INFO(i << " " << other);
            CHECK(read(ours, "session=" + forged).tokens.empty());
        }
    }
    for (std::size_t length = 0; length < value.size(); ++length) {
        CHECK(read(ours, "session=" + value.substr(0, length)).tokens.empty());
    }
    for (const auto* more : {"A", ".", ".A", "=", "%00"}) CHECK(read(ours, "session=" + value + more).tokens.empty());
}

TEST_CASE("a forged cookie is seen, so that it can be told from none, and counts for nothing") {
    const auto found = read(cookie(), "session=" + value_of(cookie("another key").issue(token())));
    CHECK(found.any);
    CHECK(found.tokens.empty());
    CHECK_FALSE(found.ambiguous);
}

TEST_CASE("a key may be rotated: coming and older keys verify, the current one signs") {
    const auto text = token();
    const auto before = cookie("old", {"new"});
    const auto swapped = cookie("new", {"old"});
    const auto after = cookie("new");
    const auto old_value = "session=" + value_of(before.issue(text));
    const auto new_value = "session=" + value_of(swapped.issue(text));
    CHECK(old_value != new_value);
    CHECK(value_of(before.issue(text)) == value_of(cookie("old").issue(text)));
    for (const auto* value : {&old_value, &new_value}) {
        CHECK(read(before, *value).tokens.size() == 1);
        CHECK(read(swapped, *value).tokens.size() == 1);
    }
    CHECK(read(after, new_value).tokens.size() == 1);
    CHECK(read(after, old_value).tokens.empty());

    CHECK(swapped.is_csrf_token(text, before.csrf_token(text).view()));
    CHECK(before.is_csrf_token(text, swapped.csrf_token(text).view()));
    CHECK_FALSE(after.is_csrf_token(text, before.csrf_token(text).view()));
}

TEST_CASE("of several plain cookies only those with a valid MAC count") {
    const auto ours = cookie();
    const auto one = token();
    const auto good = "session=" + value_of(ours.issue(one));
    const auto other = "session=" + value_of(ours.issue(token("2")));
    const auto forged = "session=" + value_of(cookie("evil").issue(token("3")));

    const auto beside_forged = read(ours, forged + "; " + good + "; session=garbage; session=");
    CHECK(beside_forged.tokens == std::vector{one});
    CHECK_FALSE(beside_forged.ambiguous);
    CHECK_FALSE(read(ours, good + "; " + good).ambiguous);  // one value twice is one
    const auto two = read(ours, good + "; " + other);
    CHECK(two.tokens.size() == 2);
    CHECK(two.ambiguous);
    CHECK_FALSE(read(ours, forged + "; session=garbage").ambiguous);
}

TEST_CASE("one token under the MACs of two keys is one session") {
    const auto text = token();
    const auto old_value = "session=" + value_of(cookie("old").issue(text));
    const auto new_value = "session=" + value_of(cookie("new").issue(text));
    const auto found = read(cookie("new", {"old"}), old_value + "; " + new_value);
    CHECK(found.tokens == std::vector{text});
    CHECK_FALSE(found.ambiguous);
}

TEST_CASE("two values of a __Host- cookie are ambiguous, valid or not: nobody but us can have set one") {
    const auto ours = cookie("key", {}, "__Host-session");
    const auto good = "__Host-session=" + value_of(ours.issue(token()));
    CHECK_FALSE(read(ours, good).ambiguous);
    CHECK_FALSE(read(ours, good + "; " + good).ambiguous);
    CHECK_FALSE(read(ours, good + "; session=x").ambiguous);
    CHECK(read(ours, good + "; __Host-session=x").ambiguous);
    CHECK(read(ours, "__Host-session=x; __Host-session=y").ambiguous);
    CHECK(read(ours, good + "; __Host-session=x").tokens.size() == 1);
}

TEST_CASE("cookies in several headers are read like those in one") {
    const auto ours = cookie("key", {}, "__Host-session");
    const auto good = "__Host-session=" + value_of(ours.issue(token()));
    const auto request = made_request({{"Cookie", good}, {"cookie", "__Host-session=x"}});
    CHECK(ours.read(request).ambiguous);
}

TEST_CASE("the attributes are those of the cookie's kind") {
    using List = std::vector<std::string>;
    const auto plain = cookie();
    CHECK(attributes_of(plain.issue(token())) == List{"HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax"});
    const auto host = cookie("key", {}, "__Host-session");
    CHECK(host.issue(token()).starts_with("__Host-session=1"));
    CHECK(attributes_of(host.issue(token())) == List{"HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"});
    CHECK(host.clear().starts_with("__Host-session=;"));
    CHECK(attributes_of(host.clear()) ==
          List{"Expires=Thu, 01 Jan 1970 00:00:00 GMT", "HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"});
}

TEST_CASE("with a domain the cookie names it when it is set and when it is cleared") {
    using List = std::vector<std::string>;
    const auto shared = cookie("key", {}, "__Secure-session", "example.org");
    CHECK(shared.issue(token()).starts_with("__Secure-session=1"));
    CHECK(attributes_of(shared.issue(token())) ==
          List{"Domain=example.org", "HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"});
    CHECK(shared.clear().starts_with("__Secure-session=;"));
    CHECK(attributes_of(shared.clear()) == List{"Domain=example.org", "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                                                "HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"});
}

TEST_CASE("the cookie from before there was a domain is no session, but can be ended and cleared") {
    const auto before = cookie("key", {}, "__Host-session");
    const auto shared = cookie("key", {}, "__Secure-session", "example.org");
    const auto one = token();
    const auto kept = "__Host-session=" + value_of(before.issue(one));
    CHECK_FALSE(read(shared, kept).any);
    const auto beside = read(shared, kept + "; __Secure-session=" + value_of(shared.issue(token("2"))));
    CHECK(beside.tokens.size() == 1);
    CHECK_FALSE(beside.ambiguous);

    const auto former = [](const SessionCookie& ours, const std::string& header) {
        const auto request = made_request({{"Cookie", header}});
        const auto found = ours.read_former(request);
        return std::pair(found.any, std::vector<std::string>(found.tokens.begin(), found.tokens.end()));
    };
    CHECK(former(shared, kept) == std::pair(true, std::vector{one}));
    CHECK(former(shared, "__Host-session=forged") == std::pair(true, std::vector<std::string>{}));
    CHECK_FALSE(former(shared, "session=x; __Secure-session=y").first);
    CHECK(shared.clear_former().starts_with("__Host-session=; Path=/; Max-Age=0;"));
    CHECK_FALSE(shared.clear_former().contains("Domain"));
    CHECK(shared.clear_former().contains("; Secure"));
    // Without a domain, or under a name of one's own, there is none.
    CHECK_FALSE(former(before, kept).first);
    CHECK_FALSE(former(cookie("key", {}, "__Secure-session"), kept).first);
    CHECK_FALSE(former(cookie("key", {}, "sid", "example.org"), kept).first);
}

TEST_CASE("a CSRF token belongs to one session and is not the cookie's MAC") {
    const auto ours = cookie();
    const auto mine = token();
    const std::string csrf(ours.csrf_token(mine).view());
    CHECK(csrf.size() == 22);
    CHECK(ours.is_csrf_token(mine, csrf));
    CHECK_FALSE(ours.is_csrf_token(token(), csrf));
    CHECK_FALSE(ours.is_csrf_token(mine, ""));
    CHECK_FALSE(ours.is_csrf_token(mine, csrf.substr(1)));
    CHECK_FALSE(ours.is_csrf_token(mine, csrf + "A"));
    CHECK_FALSE(ours.is_csrf_token(mine, value_of(ours.issue(mine)).substr(crypto::kTokenLength + 1)));
    CHECK_FALSE(cookie("another key").is_csrf_token(mine, csrf));
}

}  // namespace gatehouse::gateway
