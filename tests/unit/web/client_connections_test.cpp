// How a client finds, keeps and gives up its connections.
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "client_fixture.hpp"
#include "deaf_listener.hpp"
#include "test_server.hpp"

namespace gatehouse::web::test {

TEST_CASE("a pooled connection that the server has closed is replaced without anybody noticing") {
    ScriptedServer server([](ScriptedPeer& peer, int) {
        const auto got = peer.read_request();
        if (!got.empty()) peer.answer("a");  // and closes
    });
    ClientFixture fixture(server.endpoint());
    for (int i = 0; i < 5; ++i) {
        CHECK(fixture.send(request("/"))->body == "a");
        REQUIRE(turn_until(fixture.loop, [&] { return server.open_connections() == 0; }));
        turn_for(fixture.loop, 5ms);
    }
    CHECK(server.connections() == 5);
}

TEST_CASE("Connection: close is obeyed") {
    ScriptedServer server([](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        peer.wait_for_close();
    });
    ClientFixture fixture(server.endpoint());
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("an idle connection is closed in time by us") {
    auto options = quick();
    options.idle = 60ms;
    ScriptedServer server(echo_for_ever);
    ClientFixture fixture(server.endpoint(), options);
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(server.connections() == 1);
    CHECK(turn_until(fixture.loop, [&] { return server.open_connections() == 0; }));
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("idle connections are forgotten on demand") {
    ScriptedServer server(echo_for_ever);
    ClientFixture fixture(server.endpoint());
    CHECK(fixture.send(request("/"))->status == 200);
    fixture.client.close_idle();
    CHECK(turn_until(fixture.loop, [&] { return server.open_connections() == 0; }));
    CHECK(fixture.send(request("/"))->status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("a server that is not there is unavailable at once, and found as soon as it is") {
    Endpoint nowhere;
    {
        ScriptedServer gone(echo_for_ever);
        nowhere = gone.endpoint();
    }
    ClientFixture fixture(nowhere);
    const auto begun = std::chrono::steady_clock::now();
    const auto refused = fixture.send(request("/"));
    CHECK(code(refused) == Errc::unavailable);
    CHECK(refused.error().detail.find(to_string(nowhere)) != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    ClientFixture no_socket({{}, 0, "/nonexistent/socket"});
    CHECK(code(no_socket.send(request("/"))) == Errc::unavailable);
    auto options = TestServer::quick_options();
    options.listen = {nowhere};
    TestServer server(std::move(options));
    CHECK(fixture.send(request("/"))->status == 200);
}

TEST_CASE("a connect that hangs ends at its own limit") {
    const DeafListener deaf;
    auto options = quick();
    options.connect = 60ms;
    ClientFixture fixture(deaf.endpoint(), options);
    const auto begun = std::chrono::steady_clock::now();
    CHECK(code(fixture.send(request("/"))) == Errc::unavailable);  // the server knows nothing of it
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
}

TEST_CASE("localhost is found, and a name that does not exist fails within the deadline") {
    ScriptedServer server(echo_for_ever);
    ClientFixture fixture({"localhost", server.endpoint().port, {}});
    CHECK(fixture.send(request("/"))->status == 200);
    ClientFixture unknown({"no-such-host.invalid", 80, {}});
    const auto begun = std::chrono::steady_clock::now();
    CHECK(code(unknown.send(request("/"), Retry::once, 200ms)) == Errc::unavailable);
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
}

TEST_CASE("callers that need a name at the same time share one look-up") {
    auto options = quick();
    options.connections = 4;
    ClientFixture fixture({"no-such-host.invalid", 80, {}}, options);
    std::vector<std::shared_ptr<std::optional<Answer>>> all;
    for (int i = 0; i < 4; ++i) all.push_back(fixture.begin(request("/"), 200ms));
    for (const auto& one : all) {
        REQUIRE(fixture.ended(one));
        CHECK_FALSE((*one)->has_value());
    }
}

TEST_CASE("a client may go while its connections are idle, and a loop while calls are under way") {
    ScriptedServer server([](ScriptedPeer& peer, int number) {
        if (number == 0) echo_for_ever(peer, number);
        peer.wait_for_close();
    });
    {
        ClientFixture fixture(server.endpoint());
        CHECK(fixture.send(request("/"))->status == 200);
    }
    CHECK(server.connections() == 1);
    {
        ClientFixture fixture(server.endpoint());
        for (int i = 0; i < 4; ++i) fixture.begin(request("/"));  // two on a connection, two waiting
        CHECK(fixture.client.outstanding() == 4);
    }
}

}  // namespace gatehouse::web::test
