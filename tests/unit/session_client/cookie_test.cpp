#include "session_client/cookie.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "crypto/token.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

const std::string kToken = "1" + std::string(55, 'A');
const std::string kOther = "1" + std::string(54, 'B') + "A";
const std::string kMac = "." + std::string(22, 'm');

using Tokens = web::CookieValues;

}  // namespace

TEST_CASE("the token of a Cookie header is the cookie's value up to the dot") {
    REQUIRE(crypto::is_token(kToken));
    for (const std::string& header :
         {"session=" + kToken + kMac, "session=" + kToken, "theme=dark; session=\"" + kToken + kMac + "\"; lang=en"}) {
        CHECK(presented_tokens(header, "session") == Tokens{kToken});
    }
    const std::string production = "__Host-session=" + kToken + kMac;
    CHECK(presented_tokens(production, "__Host-session") == Tokens{kToken});
}

TEST_CASE("there is no token without the cookie, nor in one that holds something else") {
    for (const std::string& header : {std::string(), std::string("session"), std::string("session="),
                                      std::string("other=x"), std::string("session=nonsense"), "Session=" + kToken}) {
        CHECK(presented_tokens(header, "session").empty());
    }
    const std::string development = "session=" + kToken;
    CHECK(presented_tokens(development, "__Host-session").empty());
}

TEST_CASE("what another host planted stands beside the token, except under the name that only the gateway can set") {
    REQUIRE(crypto::is_token(kOther));
    const std::string two = "session=" + kToken + kMac + "; session=nonsense; session=" + kOther + kMac;
    CHECK(presented_tokens(two, "session") == Tokens{kToken, kOther});
    const std::string riddle = "__Host-session=planted; __Host-session=" + kToken + kMac;
    CHECK(presented_tokens(riddle, "__Host-session").empty());
}

TEST_CASE("one session under two MACs is one") {
    const std::string two_macs = "session=" + kToken + kMac + "; session=" + kToken + "." + std::string(22, 'n');
    CHECK(presented_tokens(two_macs, "session") == Tokens{kToken});
}

TEST_CASE("all Cookie headers of a request are read") {
    web::Request request;
    const std::string cookie = "session=" + kToken + kMac;
    const std::string another = "session=" + kOther;
    request.headers = {{"Cookie", "theme=dark"}, {"cookie", cookie}, {"Cookie", another}};
    CHECK(presented_tokens(request, "session") == Tokens{kToken, kOther});
}

}  // namespace gatehouse::session_client
