#include "session/login/client_class.hpp"

#include "support/catch.hpp"

using gatehouse::session::client_class;

TEST_CASE("a user agent is told in two words") {
    CHECK(client_class("").empty());
    CHECK(client_class("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") == "Firefox on Linux");
    CHECK(client_class("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                       "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0") == "Edge on Windows");
    CHECK(client_class("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
                       "Mobile Safari/537.36") == "Chrome on Android");
    CHECK(client_class("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                       "Gecko) Version/18.6 Mobile/15E148 Safari/604.1") == "Safari on iOS");
    CHECK(client_class("curl/7.88.1") == "curl");
    CHECK(client_class("something of one's own") == "other");
}

TEST_CASE("nothing of the user agent itself gets through, and 32 bytes are enough") {
    const std::string hostile = "Firefox/\x1b[31m\n on Windows CrOS Macintosh" + std::string(5000, 'A');
    CHECK(client_class(hostile) == "Firefox on Windows");
    CHECK(client_class("Firefox/ CrOS").size() <= 32);
}
