#include "web/response_writer.hpp"

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using namespace std::string_literals;

std::string written(const Response& response, Keep keep = Keep::alive, SendBody body = SendBody::yes) {
    std::string out;
    write_response(out, response, {"Date: D\r\n", "Fixed: F\r\n", "More: M\r\n", "id-1", keep, body});
    return out;
}

}  // namespace

TEST_CASE("a response is written with the headers that every one has") {
    Response response;
    response.body = "{}";
    response.with("A", "b").with("A", "c");
    CHECK(written(response) ==
          "HTTP/1.1 200 OK\r\nDate: D\r\nFixed: F\r\nMore: M\r\nX-Request-Id: id-1\r\n"
          "Content-Type: application/json\r\nContent-Length: 2\r\nA: b\r\nA: c\r\nConnection: keep-alive\r\n\r\n{}");
}

TEST_CASE("the answer to HEAD says the length and sends nothing of it") {
    Response response;
    response.body = "abc";
    const auto out = written(response, Keep::close, SendBody::no);
    CHECK(out.find("Content-Length: 3\r\n") != std::string::npos);
    CHECK(out.ends_with("Connection: close\r\n\r\n"));
}

TEST_CASE("204 and 304 have neither length nor body") {
    for (const int status : {204, 304}) {
        Response response;
        response.status = status;
        response.body = "ignored";
        const auto out = written(response);
        CHECK(out.find("Content-") == std::string::npos);
        CHECK(out.ends_with("\r\n\r\n"));
        CHECK(out.find("Date: D\r\nFixed: F\r\n") != std::string::npos);
    }
}

TEST_CASE("a header that would be two lines is left out") {
    Response response;
    response.with("A", "b\r\nEvil: 1").with("B", "c\nEvil: 1").with("C", "d\rEvil: 1").with("D", "e\0Evil"s);
    response.with("F\r\nEvil", "1").with("G\nEvil: 1", "").with("Kept", "yes");
    const auto out = written(response);
    CHECK(out.find("Evil") == std::string::npos);
    CHECK(out.find("Kept: yes\r\n") != std::string::npos);
}

TEST_CASE("what is written is appended, and an empty body has its length") {
    std::string out = "before";
    Response response;
    response.status = 404;
    response.content_type = {};
    write_response(out, response, {"", "", "", "id-1", Keep::close, SendBody::yes});
    CHECK(out ==
          "beforeHTTP/1.1 404 Not Found\r\nX-Request-Id: id-1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("the date is written as RFC 9110 wants it, and anew each second") {
    DateLine date;
    const SystemTime at(std::chrono::seconds(784111777));
    CHECK(date.at(at) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    CHECK(date.at(at + std::chrono::milliseconds(999)) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    CHECK(date.at(at + std::chrono::seconds(1)) == "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

}  // namespace gatehouse::web
