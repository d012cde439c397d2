#include "web/cookie.hpp"

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using Values = CookieValues;

Request with_cookies(std::initializer_list<std::string_view> values) {
    Request request;
    for (const auto value : values) request.headers.push_back({"cookie", value});
    return request;
}

}  // namespace

TEST_CASE("a cookie is found by its exact name among others") {
    const auto request = with_cookies({"session2=b; Session=c;session=a; xsession=d; session"});
    CHECK(cookie_values(request, "session") == Values{"a"});
    CHECK(cookie_values(request, "Session") == Values{"c"});
    CHECK(cookie_values(request, "sessio").empty());
    CHECK(cookie_values(request, "").empty());
    CHECK(cookie_values(with_cookies({}), "session").empty());
}

TEST_CASE("every value of a name is given in order, one that is repeated once") {
    CHECK(cookie_values(with_cookies({"s=a; s=b; s=a", "t=x; s=c"}), "s") == Values{"a", "b", "c"});
    CHECK(cookie_values(with_cookies({"s=a;s=a", "s=a"}), "s") == Values{"a"});
}

TEST_CASE("values keep their bytes, but for blanks and quotes round them") {
    CHECK(cookie_values(with_cookies({"s=a=b==; t=1"}), "s") == Values{"a=b=="});
    CHECK(cookie_values(with_cookies({" s = a b \t;"}), "s") == Values{"a b"});
    CHECK(cookie_values(with_cookies({"s=\"a\""}), "s") == Values{"a"});
    CHECK(cookie_values(with_cookies({"s=\""}), "s") == Values{"\""});
    CHECK(cookie_values(with_cookies({"s="}), "s") == Values{""});
    CHECK(cookie_values(with_cookies({"; ;;=;s=a"}), "s") == Values{"a"});
}

TEST_CASE("no more than 16 values are looked at") {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "s=" + std::to_string(i) + "; ";
    const auto values = cookie_values(with_cookies({many}), "s");
    CHECK(values.size() == 16);
    CHECK(values.back() == "15");
}

TEST_CASE("a cookie is set with all that keeps it safe") {
    CookieAttributes attributes;
    attributes.max_age = std::chrono::hours(24);
    CHECK(set_cookie("__Host-session", "abc", attributes) ==
          "__Host-session=abc; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax");
    attributes.secure = false;
    CHECK(set_cookie("s", "abc", attributes) == "s=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax");
    attributes.domain = "example.org";
    CHECK(set_cookie("s", "abc", attributes) ==
          "s=abc; Path=/; Domain=example.org; Max-Age=86400; HttpOnly; SameSite=Lax");
}

TEST_CASE("a cookie is cleared by age and by date") {
    CHECK(set_cookie("s", "", {}) ==
          "s=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax");
}

}  // namespace gatehouse::web
