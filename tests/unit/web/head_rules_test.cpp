#include "web/head_rules.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using namespace std::string_literals;
using State = HeadScanner::State;

Request request_of(Method method, std::string_view target, std::vector<Header> headers) {
    Request request;
    request.method = method;
    request.method_text = to_string(method);
    request.target = target;
    request.headers = std::move(headers);
    return request;
}

std::expected<void, HeadError> check_lines(std::string_view head) {
    if (const auto line = take_request_line(head); !line) return std::unexpected(line.error());
    while (true) {
        const auto field = take_field(head);
        if (!field) return std::unexpected(field.error());
        if (field->name.empty()) return {};
    }
}

}  // namespace

TEST_CASE("the scanner finds the head's end wherever the segments are cut") {
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string all = head + "body\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        HeadScanner scanner;
        CHECK(scanner.scan(std::string_view(all).substr(0, cut)) == State::more);
        CHECK(scanner.scan(all) == State::complete);
        CHECK(scanner.head_size() == head.size());
    }
}

TEST_CASE("the scanner refuses early what can never become a head") {
    const auto scan = [](std::string_view bytes) { return HeadScanner().scan(bytes); };
    CHECK(scan("") == State::more);
    CHECK(scan("G") == State::more);
    CHECK(scan("\x16\x03\x01") == State::bad);
    CHECK(scan(" GET") == State::bad);
    CHECK(scan("\n") == State::bad);
    CHECK(scan("GET / HTTP/1.1\n") == State::bad);
    CHECK(scan("GET / HTTP/1.1\r\n\n") == State::bad);
    CHECK(scan("GET /\0"s) == State::bad);
    HeadScanner cut;
    CHECK(cut.scan("GET / HTTP/1.1") == State::more);
    CHECK(cut.scan("GET / HTTP/1.1\n") == State::bad);
    CHECK(HeadScanner().scan("GET / HTTP/1.1\r\n\r\n") == State::complete);
}

TEST_CASE("the lines of a head are checked byte by byte") {
    const auto ok = [](const std::string& head) { return check_lines(head).has_value(); };
    CHECK(ok("GET / HTTP/1.1\r\n\r\n"));
    CHECK(ok("GET / HTTP/1.0\r\nA:\r\nB: \t\xff\r\n\r\n"));
    CHECK_FALSE(ok(""));
    CHECK_FALSE(ok("\r\n"));
    CHECK_FALSE(ok("GET / HTTP/1.1\r\n"));
    for (int c = 0; c < 256; ++c) {
        INFO(c);
        const std::string byte(1, static_cast<char>(c));
        const bool control = c < 0x20 || c == 0x7f;
        CHECK(ok("GET /" + byte + " HTTP/1.1\r\n\r\n") == (c > 0x20 && c < 0x7f));
        CHECK(ok("GET / HTTP/1.1\r\nA: a" + byte + "a\r\n\r\n") == (!control || c == '\t'));
        // Values are checked in blocks: wherever the byte stands, and whatever its neighbours are.
        for (std::size_t at = 0; at < 20; ++at) {
            std::string value(at % 2 == 0 ? 20 : 16, at % 3 == 0 ? '\x80' : ' ');
            value.replace(std::min(at, value.size() - 1), 1, byte);
            CHECK(ok("GET / HTTP/1.1\r\nA:" + value + "\r\n\r\n") == (!control || c == '\t'));
        }
        CHECK(ok("GET / HTTP/1.1\r\nA" + byte + ": a\r\n\r\n") == (is_token_character(byte[0]) || c == ':'));
        CHECK(ok("G" + byte + "T / HTTP/1.1\r\n\r\n") == is_token_character(byte[0]));
    }
}

TEST_CASE("a refused line is 400 with a fixed text that repeats nothing of it") {
    const auto checked = check_lines("GET / HTTP/1.1\r\nsecret : x\r\n\r\n");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().status == 400);
    CHECK(checked.error().message == "A header field name is malformed");
}

TEST_CASE("framing takes path, query and host from the target") {
    auto plain = request_of(Method::get, "/a?b=c?d", {{"Host", "x"}});
    REQUIRE(check_framing(plain, 11));
    CHECK(plain.path == "/a");
    CHECK(plain.query == "b=c?d");
    CHECK(plain.host == "x");
    auto absolute = request_of(Method::get, "HTTPS://y:1/a?b", {{"Host", "x"}});
    REQUIRE(check_framing(absolute, 11));
    CHECK(absolute.target == "/a?b");
    CHECK(absolute.path == "/a");
    CHECK(absolute.host == "y:1");
    auto star = request_of(Method::options, "*", {{"Host", "x"}});
    REQUIRE(check_framing(star, 11));
    CHECK(star.path == "*");
}

TEST_CASE("framing says how the connection goes on") {
    const auto keeps = [](int version, std::vector<Header> headers) {
        headers.push_back({"Host", "x"});
        auto request = request_of(Method::get, "/", std::move(headers));
        return check_framing(request, version)->keep_alive;
    };
    CHECK(keeps(11, {}));
    CHECK_FALSE(keeps(10, {}));
    CHECK(keeps(10, {{"Connection", "Keep-Alive"}}));
    CHECK_FALSE(keeps(11, {{"connection", "a ,\tclose"}}));
    CHECK(keeps(11, {{"Connection", "not-close, closed"}}));
    CHECK_FALSE(keeps(11, {{"Connection", "keep-alive"}, {"Connection", "close"}}));
}

TEST_CASE("framing never takes a length and a coding together, nor an unknown coding") {
    const auto framing = [](std::vector<Header> headers, int version = 11) {
        headers.push_back({"Host", "x"});
        auto request = request_of(Method::post, "/", std::move(headers));
        return check_framing(request, version);
    };
    CHECK(framing({})->content_length == 0);
    CHECK(framing({{"Content-Length", "007"}})->content_length == 7);
    CHECK(framing({{"Content-Length", "18446744073709551615"}})->content_length == UINT64_MAX);
    CHECK_FALSE(framing({{"Content-Length", "18446744073709551616"}}));
    CHECK(framing({{"Transfer-Encoding", "Chunked"}})->chunked);
    CHECK_FALSE(framing({{"Transfer-Encoding", "chunked"}}, 10));
    CHECK_FALSE(framing({{"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}}));
    CHECK_FALSE(framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}));
    for (const auto* text : {"", "identity", "xchunked", ",chunked", "chunked,", "gzip, chunked"}) {
        CHECK_FALSE(framing({{"Transfer-Encoding", text}}));
    }
    for (const auto* text : {"", "+1", "-1", "0x1", "1 1", "1,1", "1.0"}) {
        CHECK_FALSE(framing({{"Content-Length", text}}));
    }
}

TEST_CASE("a host is a name or an address with an optional port") {
    for (const auto* host :
         {"a", "a-b_c.example", "example.org:0", "x:65535", "192.0.2.1", "[::1]", "[::ffff:1.2.3.4]:80"}) {
        INFO(host);
        CHECK(is_valid_host(host));
    }
    for (const auto* host : {"",        ":",
                             ":1",      "a:",
                             "a:65536", "a:1:2",
                             "a:+1",    "a:1 ",
                             "u@a",     "a/",
                             "a,b",     "a b",
                             "a%41",    "[",
                             "[]",      "[:]",
                             "[::1",    "[::1]:",
                             "[::1]a",  "[::1]:a",
                             "[g::1]",  "[fe80::1%25eth0]",
                             "\xc3\xa9"}) {
        INFO(host);
        CHECK_FALSE(is_valid_host(host));
    }
}

}  // namespace gatehouse::web
