#include "web/response_parser.hpp"

#include <string>

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

std::optional<ResponseHead> head_of(const std::string& status_line, const std::string& fields) {
    static std::string text;  // views point into it
    text = status_line + "\r\n" + fields + "\r\n";
    return parse_response_head(text);
}
bool taken(const std::string& fields) { return head_of("HTTP/1.1 200 OK", fields).has_value(); }

}  // namespace

TEST_CASE("a response's head says how it is framed and whose it is") {
    const auto head = head_of("HTTP/1.1 503 Service Unavailable",
                              "content-length: 12\r\nRetry-After: 7\r\nX-REQUEST-ID: abc \r\nConnection: x, Close\r\n");
    REQUIRE(head);
    CHECK(head->status == 503);
    CHECK(head->content_length == 12);
    CHECK(head->retry_after == "7");
    CHECK(head->request_id == "abc");
    CHECK_FALSE(head->keep_alive);
    const auto plain = head_of("HTTP/1.1 200 ", "Content-Length: 0\r\n");
    REQUIRE(plain);
    CHECK(plain->keep_alive);
    CHECK(plain->request_id.empty());
    CHECK(head_of("HTTP/1.1 200", "Content-Length: 1\r\n"));  // RFC 9112 section 4: the blank is missing often
}

TEST_CASE("a response that our services never send is none") {
    CHECK(taken("Content-Length: 18446744073709551615\r\n"));
    CHECK_FALSE(taken(""));
    CHECK_FALSE(taken("Content-Length: 18446744073709551616\r\n"));
    CHECK_FALSE(taken("Content-Length: +1\r\n"));
    CHECK_FALSE(taken("Content-Length: 1, 1\r\n"));
    CHECK_FALSE(taken("Content-Length:\r\n"));
    CHECK_FALSE(taken("Content-Length: 1\r\nContent-Length: 1\r\n"));
    CHECK_FALSE(taken("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"));
    CHECK_FALSE(taken("Content-Length: 1\r\n folded\r\n"));
    CHECK_FALSE(taken("Content-Length : 1\r\n"));
    CHECK_FALSE(taken("Content-Length: 1\r\nA: \x01\r\n"));
    for (const std::string line :
         {"HTTP/1.0 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 099 x", "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK",
          "HTTP/1.1  200 OK", "HTTP/2 200 OK", "HTTP/1.1 200 \x02", "", "SSH-2.0"}) {
        INFO(line);
        CHECK_FALSE(head_of(line, "Content-Length: 0\r\n"));
    }
    CHECK_FALSE(parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"));  // without the empty line
}

TEST_CASE("some answers have no body, whatever is said of its length") {
    const auto none = head_of("HTTP/1.1 204 No Content", "");
    REQUIRE(none);
    CHECK(none->content_length == 0);
    CHECK(none->keep_alive);
    const auto says_five = head_of("HTTP/1.1 304 Not Modified", "Content-Length: 5\r\n");
    REQUIRE(says_five);
    CHECK(says_five->content_length == 0);
    CHECK_FALSE(says_five->keep_alive);  // five bytes may follow
    CHECK_FALSE(head_of("HTTP/1.1 204 No Content", "Content-Length: abc\r\n"));
}

}  // namespace gatehouse::web
