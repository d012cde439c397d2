#include "web/request_parser.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace gatehouse::web {

TEST_CASE("a head becomes a request of views into it") {
    const std::string head =
        "PATCH /a/b?c HTTP/1.1\r\nHost: x:1\r\nX-One: \t 1 \t\r\nx-two:\r\nX-One: 2\r\nContent-Length: 5\r\n"
        "Expect: 100-continue\r\n\r\n";
    Request request;
    const auto framing = parse_head(head, 64, request);
    REQUIRE(framing);
    CHECK(framing->content_length == 5);
    CHECK_FALSE(framing->chunked);
    CHECK(framing->keep_alive);
    CHECK(framing->expect_continue);
    CHECK(request.method == Method::patch);
    CHECK(request.method_text == "PATCH");
    CHECK(request.target == "/a/b?c");
    CHECK(request.path == "/a/b");
    CHECK(request.query == "c");
    CHECK(request.host == "x:1");
    CHECK(request.headers.size() == 6);
    CHECK(request.header("x-ONE") == "1");
    CHECK(request.count("X-One") == 2);
    CHECK(request.header("X-Two") == "");
    CHECK_FALSE(request.header("X-Three"));
    CHECK(request.path.data() > head.data());
    CHECK(request.path.data() < head.data() + head.size());
}

TEST_CASE("each method is known by its exact name") {
    const auto method = [](const std::string& name) {
        Request request;
        REQUIRE(parse_head(name + " / HTTP/1.1\r\nHost: x\r\n\r\n", 64, request));
        return request.method;
    };
    CHECK(method("GET") == Method::get);
    CHECK(method("HEAD") == Method::head);
    CHECK(method("POST") == Method::post);
    CHECK(method("PUT") == Method::put);
    CHECK(method("DELETE") == Method::delete_);
    CHECK(method("OPTIONS") == Method::options);
    CHECK(method("TRACE") == Method::other);
    CHECK(method("get") == Method::other);
    CHECK(method("GETS") == Method::other);
}

TEST_CASE("parsing again replaces what was parsed before") {
    Request request;
    const std::string first = "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
    const std::string second = "GET /b HTTP/1.1\r\nHost: y\r\n\r\n";
    REQUIRE(parse_head(first, 64, request));
    REQUIRE(parse_head(second, 64, request));
    CHECK(request.headers.size() == 1);
    CHECK(request.host == "y");
    CHECK(request.path == "/b");
}

TEST_CASE("too many fields are 431, as many as allowed are not") {
    Request request;
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
    CHECK(parse_head(head, 2, request));
    const auto refused = parse_head(head, 1, request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 431);
}

TEST_CASE("HTTP/1.0 closes unless asked, needs no Host and is never told to continue") {
    Request request;
    const auto plain = parse_head("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 64, request);
    REQUIRE(plain);
    CHECK_FALSE(plain->keep_alive);
    CHECK_FALSE(plain->expect_continue);
    CHECK(request.host.empty());
    CHECK(parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 64, request)->keep_alive);
}

// What is taken is what another parser finds too: the fields in their order, and values without the blanks at their
// ends.
TEST_CASE("Beast finds the same request line and the same fields in what is taken") {
    const std::vector<std::string> heads = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /auth/check?a=b HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: a=1; b=\"2\"\r\nAccept: */*\r\n\r\n",
        "POST /x HTTP/1.1\r\nhost:\tx \t\r\nContent-Length: 12\r\nX-Empty:\r\nX-Blank: \t \r\nX-High: \xc3\xa9\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://x/y HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, close\r\n\r\n",
        "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nTransfer-encoding-not: chunked\r\nA: b:c\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n",
        "M-X!# /~a HTTP/1.1\r\nHost: [::1]:1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"};
    for (const std::string& head : heads) {
        INFO(head);
        Request request;
        REQUIRE(parse_head(head, 64, request));
        std::string_view rest = head;
        auto line = take_request_line(rest);
        REQUIRE(line);
        CHECK(beast_reads_alike(head, *line, request.headers));
        auto fewer = request.headers;
        fewer.pop_back();
        CHECK_FALSE(beast_reads_alike(head, *line, fewer));
        line->target = "/other";
        CHECK_FALSE(beast_reads_alike(head, *line, request.headers));
    }
}

TEST_CASE("no field of a refused head is believed") {
    Request request;
    const std::string forged = "GET /x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n";
    for (const std::string rest : {"bad line\r\n\r\n", "Connection: ;\r\n\r\n", "A: b\r\nB: c\r\nC: d\r\n\r\n"}) {
        INFO(rest);
        const std::string head = forged + rest;
        CHECK_FALSE(parse_head(head, 4, request));
        CHECK(request.headers.empty());
        CHECK(request.method_text == "GET");
    }
}

TEST_CASE("a long head is taken whatever it is made of: its bound is the connection's") {
    Request request;
    const std::string head =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: " + std::string(100 * 1024, 'x') + "\r\n\r\n";
    CHECK(parse_head(head, 64, request));
}

TEST_CASE("what Beast alone finds malformed is refused") {
    for (const std::string field : {"Connection: a: keep-alive", "Proxy-Connection: ;", "Connection: close,,;"}) {
        INFO(field);
        Request request;
        const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n";
        const auto refused = parse_head(head, 64, request);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == 400);
    }
}

}  // namespace gatehouse::web
