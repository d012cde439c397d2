#include "web/client.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "client_fixture.hpp"
#include "test_server.hpp"

namespace gatehouse::web::test {

TEST_CASE("a request reaches the server whole and its answer comes back, over one connection") {
    std::string seen;
    ScriptedServer server([&](ScriptedPeer& peer, int) {
        seen = peer.read_request();
        peer.send("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy");
        echo_for_ever(peer, 0);
    });
    ClientFixture fixture(server.endpoint());
    auto made = request("/v1/x?y", "{\"a\":1}");
    made.headers.emplace_back("Authorization", "Bearer t");
    const auto answer = fixture.send(std::move(made));
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->body == "busy");
    CHECK(answer->retry_after == "7");
    CHECK(seen.starts_with("POST /v1/x?y HTTP/1.1\r\nHost: " + to_string(server.endpoint()) + "\r\n"));
    CHECK(seen.find("\r\nAuthorization: Bearer t\r\n") != std::string::npos);
    CHECK(seen.find("\r\nContent-Type: application/json\r\nContent-Length: 7\r\n") != std::string::npos);
    CHECK(seen.find("\r\nX-Request-Timeout-Ms: ") != std::string::npos);
    CHECK(seen.ends_with("\r\n\r\n{\"a\":1}"));
    for (int i = 0; i < 5; ++i)
        CHECK(fixture.send(request("/" + std::to_string(i)))->body == "POST /" + std::to_string(i));
    CHECK(server.connections() == 1);
    CHECK(fixture.client.outstanding() == 0);
}

TEST_CASE("the client and the server of this library understand each other, over TCP and a Unix socket") {
    auto options = TestServer::quick_options();
    const std::string path = "/tmp/gh-web-client-" + std::to_string(::getpid());
    options.listen.push_back({{}, 0, path});
    TestServer server(std::move(options));
    for (const std::size_t which : {0U, 1U}) {
        ClientFixture fixture(server.endpoint(which));
        const auto host = which == 0 ? to_string(server.endpoint()) : "localhost";
        CHECK(fixture.send(request("/a", "{}"))->body == "POST /a host=" + host + " body={}");
        auto get = request("/b");
        get.method = Method::get;
        CHECK(fixture.send(std::move(get))->body == "GET /b host=" + host + " body=");
        auto head = request("/c");
        head.method = Method::head;
        const auto nothing = fixture.send(std::move(head));
        REQUIRE(nothing);
        CHECK(nothing->body.empty());
        CHECK(fixture.send(request("/d"))->status == 200);
    }
}

TEST_CASE("an answer without a body is an answer") {
    ScriptedServer server([](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        echo_for_ever(peer, 0);
    });
    ClientFixture fixture(server.endpoint());
    CHECK(fixture.send(request("/"))->status == 204);
    CHECK(fixture.send(request("/again"))->body == "POST /again");
    CHECK(server.connections() == 1);
}

TEST_CASE("an answer may come in single bytes") {
    ScriptedServer server([](ScriptedPeer& peer, int) {
        peer.read_request();
        for (const char c : std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")) peer.send({&c, 1});
        peer.wait_for_close();
    });
    ClientFixture fixture(server.endpoint());
    CHECK(fixture.send(request("/"))->body == "abc");
}

TEST_CASE("each connection carries one request at a time; who finds all taken waits, and past the bound is told so") {
    std::atomic<bool> go = false;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    ScriptedServer server([&](ScriptedPeer& peer, int) {
        for (auto got = peer.read_request(); !got.empty(); got = peer.read_request()) {
            most = std::max(most.load(), ++at_once);
            while (!go) std::this_thread::yield();
            --at_once;
            peer.answer("x");
        }
    });
    ClientFixture fixture(server.endpoint());
    std::vector<std::shared_ptr<std::optional<Answer>>> under_way;
    for (int i = 0; i < 4; ++i) under_way.push_back(fixture.begin(request("/")));
    CHECK(fixture.client.outstanding() == 4);
    const auto fifth = fixture.send(request("/"));
    CHECK(code(fifth) == Errc::overloaded);
    go = true;
    for (const auto& one : under_way) {
        REQUIRE(fixture.ended(one));
        CHECK((*one)->has_value());
    }
    CHECK(fixture.client.outstanding() == 0);
    CHECK(server.connections() == 2);
    CHECK(most == 2);
}

TEST_CASE("who waits for a connection waits no longer than its deadline, and its place is not lost") {
    ScriptedServer server([](ScriptedPeer& peer, int number) {
        if (number < 2) return peer.wait_for_close();
        echo_for_ever(peer, number);
    });
    ClientFixture fixture(server.endpoint());
    const auto first = fixture.begin(request("/"), 300ms);
    const auto second = fixture.begin(request("/"), 300ms);
    const auto waiting = fixture.begin(request("/"), 60ms);
    REQUIRE(fixture.ended(waiting));
    CHECK(code(**waiting) == Errc::timeout);
    CHECK_FALSE(first->has_value());
    REQUIRE(fixture.ended(first));
    REQUIRE(fixture.ended(second));
    CHECK(fixture.client.outstanding() == 0);
    for (int i = 0; i < 4; ++i) CHECK(fixture.send(request("/"))->status == 200);
}

TEST_CASE("a time-out closes the connection, and the late answer never reaches the next caller") {
    std::atomic<bool> late = false;
    ScriptedServer server([&](ScriptedPeer& peer, int number) {
        if (number > 0) return echo_for_ever(peer, number);
        peer.read_request();
        while (!late) std::this_thread::yield();
        peer.answer("late");
        peer.wait_for_close();
    });
    ClientFixture fixture(server.endpoint());
    const auto begun = std::chrono::steady_clock::now();
    CHECK(code(fixture.send(request("/slow"), Retry::once, 50ms)) == Errc::timeout);
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    late = true;
    for (int i = 0; i < 3; ++i) CHECK(fixture.send(request("/next"))->body == "POST /next");
    CHECK(server.connections() == 2);
}

TEST_CASE("half an answer is a time-out too") {
    for (const auto* half : {"HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}) {
        INFO(half);
        ScriptedServer server(answering(half));
        ClientFixture fixture(server.endpoint());
        CHECK(code(fixture.send(request("/"), Retry::once, 50ms)) == Errc::timeout);
    }
}

TEST_CASE("a server that does not read is a time-out") {
    std::atomic<bool> stop = false;
    ScriptedServer server([&](ScriptedPeer&, int) {
        while (!stop) std::this_thread::yield();
    });
    ClientFixture fixture(server.endpoint());
    CHECK(code(fixture.send(request("/", std::string(16 * 1024 * 1024, 'a')), Retry::once, 100ms)) == Errc::timeout);
    stop = true;
}

TEST_CASE("bytes that nobody asked for end the connection's use") {
    SECTION("with the answer") {
        ScriptedServer server([](ScriptedPeer& peer, int number) {
            if (number > 0) return echo_for_ever(peer, number);
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            peer.wait_for_close();
        });
        ClientFixture fixture(server.endpoint());
        CHECK(fixture.send(request("/"))->body == "a");
        CHECK(fixture.send(request("/next"))->body == "POST /next");
    }
    SECTION("later") {
        std::atomic<bool> sent = false;
        ScriptedServer server([&](ScriptedPeer& peer, int number) {
            if (number > 0) return echo_for_ever(peer, number);
            peer.read_request();
            peer.answer("a");
            peer.answer("evil");
            sent = true;
            peer.wait_for_close();
        });
        ClientFixture fixture(server.endpoint());
        CHECK(fixture.send(request("/"))->body == "a");
        REQUIRE(turn_until(fixture.loop, [&] { return sent.load(); }));
        CHECK(fixture.send(request("/next"))->body == "POST /next");
    }
}

TEST_CASE("a request that was written is sent again only if it only reads") {
    // The first connection answers once and dies on the second request, having read it.
    std::atomic<int> requests = 0;
    ScriptedServer server([&](ScriptedPeer& peer, int number) {
        if (peer.read_request().empty()) return;
        ++requests;
        peer.answer("a");
        if (peer.read_request().empty()) return;
        ++requests;
        if (number > 0) peer.answer("b");
    });
    ClientFixture fixture(server.endpoint());
    REQUIRE(fixture.send(request("/")));
    SECTION("if_unsent") {
        const auto lost = fixture.send(request("/"), Retry::if_unsent);
        CHECK(code(lost) == Errc::protocol);
        CHECK(requests == 2);
        CHECK(server.connections() == 1);
    }
    SECTION("once") {
        CHECK(fixture.send(request("/"), Retry::once)->body == "a");
        CHECK(requests == 3);
        CHECK(server.connections() == 2);
    }
}

TEST_CASE("a fresh connection that dies is not tried again") {
    ScriptedServer server([](ScriptedPeer& peer, int) { peer.read_request(); });
    ClientFixture fixture(server.endpoint());
    CHECK(code(fixture.send(request("/"), Retry::once)) == Errc::protocol);
    CHECK(server.connections() == 1);
}

TEST_CASE("an answer that is not ours is a protocol error, and its connection is not used again") {
    const std::string big = "HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'a');
    for (const std::string& bytes :
         {std::string("rubbish\r\n\r\n"), std::string("\r\n\r\n"), std::string("\x16\x03\x01"),
          std::string("SSH-2.0-x\r\n\r\n"), std::string("HTTP/1.1 200 OK\n\n"), std::string("HTTP/2 200\r\n\r\n"),
          std::string("HTTP/1.1 abc OK\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\n\r\n"),
          std::string("HTTP/1.1 100 Continue\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nContent-Length: 1\r\n\r\na"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
          big}) {
        INFO(bytes.substr(0, 80));
        ScriptedServer server(answering(bytes));
        ClientFixture fixture(server.endpoint());
        CHECK(code(fixture.send(request("/"), Retry::once, 2s)) == Errc::protocol);
        CHECK(code(fixture.send(request("/"), Retry::once, 2s)) == Errc::protocol);
        CHECK(server.connections() == 2);
    }
}

TEST_CASE("an answer over the bound is refused before it is read") {
    auto options = quick();
    options.response_bytes = 1000;
    ScriptedServer server([](ScriptedPeer& peer, int number) {
        peer.read_request();
        if (number == 0) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
        if (number == 1) peer.answer(std::string(1000, 'a'));
        if (number == 2) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
        peer.wait_for_close();
    });
    ClientFixture fixture(server.endpoint(), options);
    CHECK(code(fixture.send(request("/"))) == Errc::protocol);
    CHECK(fixture.send(request("/"))->body.size() == 1000);
    fixture.client.close_idle();
    CHECK(code(fixture.send(request("/"))) == Errc::protocol);
}

TEST_CASE("a request that would be two is not sent") {
    ScriptedServer server(echo_for_ever);
    ClientFixture fixture(server.endpoint());
    const auto with = [&](std::string name, std::string value) {
        auto made = request("/");
        made.headers.emplace_back(name, value);
        return fixture.send(std::move(made));
    };
    CHECK(code(with("A", "b\r\nC: d")) == Errc::invalid_input);
    CHECK(code(with("A", "b\nc")) == Errc::invalid_input);
    CHECK(code(with("A", std::string("b\0c", 3))) == Errc::invalid_input);
    CHECK(code(with("A: b\r\nC", "d")) == Errc::invalid_input);
    CHECK(code(with("", "d")) == Errc::invalid_input);
    for (const auto* target : {"", "a", "/a b", "/a\r\nX: y", "/\x7f", "/\xc3\xa9"}) {
        CHECK(code(fixture.send(request(target))) == Errc::invalid_input);
    }
    CHECK(server.connections() == 0);
    CHECK(with("A", "b \t\xff")->status == 200);
    CHECK(fixture.client.outstanding() == 0);
}

}  // namespace gatehouse::web::test
