// Requests one after another on one connection: pipelined, asked to go on, slow, cut off.
#include <algorithm>
#include <string>
#include <vector>

#include "raw_cases.hpp"

namespace gatehouse::web::test {

using namespace std::string_literals;

TEST_CASE("an answer echoes what the request really was") {
    TestServer server;
    RawConnection client(server.endpoint());
    const auto echoed = [&](std::string_view bytes) {
        REQUIRE(client.send(bytes));
        return client.response().body;
    };
    CHECK(echoed("GET http://a.example:81/p?q HTTP/1.1\r\nHost: b.example\r\n\r\n") ==
          "GET /p?q host=a.example:81 body=");
    CHECK(echoed("GET http://a.example HTTP/1.1\r\nHost: b\r\n\r\n") == "GET / host=a.example body=");
    CHECK(echoed(post("Content-Length: 3\r\n", "abc")) == "POST / host=x body=abc");
    CHECK(echoed(chunked("1\r\na\r\n2;x\r\nbc\r\n0\r\nB: c\r\n\r\n")) == "POST / host=x body=abc");
    CHECK(echoed(get("Content-Length: 5\r\n") + "GET /") == "GET / host=x body=GET /");
    CHECK(echoed(post("Content-Length: 6\r\n", "\0\r\n\xff\n\r"s)) == "POST / host=x body=\0\r\n\xff\n\r"s);
}

TEST_CASE("pipelined requests are answered in order, however they are cut into segments") {
    TestServer server;
    const std::string requests = line("GET /1 HTTP/1.1") + post("Content-Length: 3\r\n", "abc") +
                                 chunked("3\r\ndef\r\n0\r\n\r\n") + "\r\n" + line("GET /4 HTTP/1.1") +
                                 get("Content-Length: 2\r\n") + "gh" + line("GET /6 HTTP/1.1");
    const std::vector<std::string> expected{"GET /1 host=x body=", "POST / host=x body=abc", "POST / host=x body=def",
                                            "GET /4 host=x body=", "GET / host=x body=gh",   "GET /6 host=x body="};
    for (const std::size_t step : {requests.size(), std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{50}}) {
        INFO(step);
        RawConnection client(server.endpoint());
        for (std::size_t at = 0; at < requests.size(); at += step) client.send(requests.substr(at, step));
        for (const auto& body : expected) CHECK(client.response().body == body);
        client.shut_write();
        CHECK(client.responses_until_closed().empty());
    }
}

TEST_CASE("a hundred pipelined requests that together exceed every buffer are all answered") {
    TestServer server;
    RawConnection client(server.endpoint());
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n" +
                    std::string(1500, 'a');
    }
    REQUIRE(client.send(requests));
    for (int i = 0; i < 100; ++i) {
        const auto response = client.response();
        CHECK(response.status == 200);
        CHECK(response.body == "POST /" + std::to_string(i) + " host=x body=" + std::string(1500, 'a'));
    }
}

TEST_CASE("HEAD has the length and no body, and the next request its own answer") {
    TestServer server;
    RawConnection client(server.endpoint());
    REQUIRE(client.send(line("HEAD /a HTTP/1.1") + line("GET /b HTTP/1.1")));
    const auto head = client.response(BodyFollows::no);
    check_headers(head);
    CHECK(head.header("Content-Length") == std::to_string("HEAD /a host=x body="s.size()));
    CHECK(client.response().body == "GET /b host=x body=");
}

TEST_CASE("100 Continue is sent to HTTP/1.1 only, and only while no byte of the body has come") {
    TestServer server;
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
    SECTION("a body that waits for it") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(head));
        const auto interim = client.response();
        CHECK(interim.status == 100);
        CHECK(interim.headers.empty());
        REQUIRE(client.send("abc"));
        CHECK(client.response().body == "POST / host=x body=abc");
    }
    SECTION("a chunked body that waits for it") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "")));
        CHECK(client.response().status == 100);
        REQUIRE(client.send("3\r\nabc\r\n0\r\n\r\n"));
        CHECK(client.response().body == "POST / host=x body=abc");
    }
    SECTION("a body that is already there") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(head + "abc"));
        CHECK(client.response().body == "POST / host=x body=abc");
    }
    SECTION("a chunked body that is already there") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")));
        CHECK(client.response().body == "POST / host=x body=abc");
    }
    SECTION("HTTP/1.0") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
        CHECK_FALSE(client.receive(std::chrono::milliseconds(100)));  // nothing comes
        REQUIRE(client.send("abc"));
        CHECK(client.response().body == "POST / host= body=abc");
    }
    SECTION("a body that is too large is refused instead") {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(post("Expect: 100-continue\r\nContent-Length: 99999\r\n", "")));
        const auto all = client.responses_until_closed();
        REQUIRE(all.size() == 1);
        CHECK(all.front().status == 413);
    }
}

TEST_CASE("what arrives too slowly is answered 408 and closed") {
    auto options = TestServer::quick_options();
    options.head_timeout = std::chrono::milliseconds(60);
    options.body_timeout = std::chrono::milliseconds(60);
    TestServer server(std::move(options));
    const std::vector<Case> rows{
        refused("half a request line", "GET / HT", 408),
        refused("half a head", "GET / HTTP/1.1\r\nHost: x\r\nA", 408),
        refused("a request line that HTTP/0.9 would end", "GET /\r\n", 408),
        refused("half a CR LF before the request", "\r", 408),
        refused("no body", post("Content-Length: 3\r\n", ""), 408),
        refused("half a body", post("Content-Length: 3\r\n", "ab"), 408),
        refused("half a large body", post("Content-Length: 16000\r\n", std::string(9000, 'a')), 408),
        refused("no chunk", chunked(""), 408),
        refused("half a chunk size", chunked("3"), 408),
        refused("half a chunk", chunked("3\r\nab"), 408),
        refused("half a large chunk", chunked("3000\r\n" + std::string(9000, 'a')), 408),
        refused("no last chunk", chunked("3\r\nabc\r\n"), 408),
        refused("half a trailer", chunked("0\r\nA: b"), 408),
    };
    for (const Case& row : rows) check_row(server, row, &RawConnection::send);
    const auto seen = server.observed();
    CHECK(seen.size() == rows.size());
    CHECK(std::ranges::all_of(seen, [](const Observed& one) { return one.status == 408; }));
    CHECK(seen[6].path == "/");  // whatever the growing buffer did to it
    CHECK(seen[6].fields.find("Host=x;") != std::string::npos);
    CHECK(seen[10].fields.find("Host=x;") != std::string::npos);
}

TEST_CASE("a client that leaves in the middle of a request gets no answer and disturbs nobody") {
    TestServer server;
    for (const std::string& bytes :
         {""s, "\r"s, "\r\n"s, "GET / HT"s, post("Content-Length: 3\r\n", "ab"), chunked("3\r\na")}) {
        RawConnection client(server.endpoint());
        client.send(bytes);
        client.shut_write();
        CHECK(client.responses_until_closed().empty());
        CHECK_FALSE(client.timed_out());
    }
    CHECK(server.handled() == 0);
}

}  // namespace gatehouse::web::test
