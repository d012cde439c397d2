#include "session_client/cookie.hpp"

#include <string>

#include "crypto/token.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

const std::string kToken = "1" + std::string(55, 'A');
const std::string kOther = "1" + std::string(54, 'B') + "A";
const std::string kMac = "." + std::string(22, 'm');

}  // namespace

TEST_CASE("the token of a Cookie header is the cookie's value up to the dot") {
    REQUIRE(crypto::is_token(kToken));
    CHECK(presented_token("session=" + kToken + kMac, "session") == kToken);
    CHECK(presented_token("session=" + kToken, "session") == kToken);
    CHECK(presented_token("theme=dark; session=\"" + kToken + kMac + "\"; lang=en", "session") == kToken);
    CHECK(presented_token("__Host-session=" + kToken + kMac, "__Host-session") == kToken);
}

TEST_CASE("there is no token without the cookie, nor in one that holds something else") {
    for (const std::string header : {"", "session", "session=", "other=x", "session=nonsense"}) {
        CHECK_FALSE(presented_token(header, "session"));
    }
    CHECK_FALSE(presented_token("Session=" + kToken, "session"));
    CHECK_FALSE(presented_token("session=" + kToken, "__Host-session"));
}

TEST_CASE("two sessions at once are nobody's: no telling which one the user meant") {
    REQUIRE(crypto::is_token(kOther));
    CHECK_FALSE(presented_token("session=" + kToken + kMac + "; session=" + kOther + kMac, "session"));
    CHECK_FALSE(presented_token("__Host-session=" + kToken + "; __Host-session=" + kOther, "__Host-session"));
}

TEST_CASE("one session under two MACs is one, and what cannot be a token hides none") {
    const std::string two_macs = "session=" + kToken + kMac + "; session=" + kToken + "." + std::string(22, 'n');
    CHECK(presented_token(two_macs, "session") == kToken);
    CHECK(presented_token("session=planted; session=" + kToken + kMac, "session") == kToken);
    // Nobody but the gateway can have set the __Host- name: a second value of it is a riddle.
    CHECK_FALSE(presented_token("__Host-session=planted; __Host-session=" + kToken + kMac, "__Host-session"));
}

TEST_CASE("all Cookie headers of a request are read") {
    web::Request request;
    const std::string cookie = "session=" + kToken + kMac;
    const std::string another = "session=" + kOther;
    request.headers = {{"Cookie", "theme=dark"}, {"cookie", cookie}};
    CHECK(presented_token(request, "session") == kToken);
    request.headers.push_back({"Cookie", another});
    CHECK_FALSE(presented_token(request, "session"));
}

}  // namespace gatehouse::session_client
