#include <set>
#include <string>

#include "server_tools.hpp"
#include "support/catch.hpp"

namespace gatehouse::web::test {

TEST_CASE("request ids differ, and a trusted peer's are taken over if they are well-formed") {
    const auto id_of = [](TestServer& server, const std::string& field) {
        RawConnection client(server.endpoint());
        client.send("GET / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n");
        client.response();
        return server.observed().back().request_id;
    };
    const std::string longest(64, 'a');
    SECTION("nobody is trusted by default") {
        TestServer server;
        std::set<std::string> ids;
        for (int i = 0; i < 50; ++i) ids.insert(id_of(server, "X-Request-Id: mine\r\n"));
        CHECK(ids.size() == 50);
        CHECK_FALSE(ids.contains("mine"));
        CHECK(ids.begin()->size() == 16);
    }
    SECTION("a trusted peer") {
        auto options = TestServer::quick_options();
        options.origin = [](const Request& request) {
            return Origin{request.peer.address, false, request.peer.address.is_loopback()};
        };
        TestServer server(std::move(options));
        CHECK(id_of(server, "X-Request-Id: mine-1_2.Z\r\n") == "mine-1_2.Z");
        CHECK(id_of(server, "X-Request-Id: " + longest + "\r\n") == longest);
        CHECK(id_of(server, "X-Request-Id: " + longest + "a\r\n").size() == 16);
        CHECK(id_of(server, "X-Request-Id: a\"b\r\n").size() == 16);
        CHECK(id_of(server, "X-Request-Id:\r\n").size() == 16);
    }
}

TEST_CASE("a trusted peer's traceparent is taken over if it is well-formed") {
    std::string seen;
    auto options = TestServer::quick_options();
    options.origin = [](const Request& request) { return Origin{request.peer.address, false, true}; };
    TestServer server(std::move(options), [&](Request& request) {
        seen = request.traceparent;
        return echo(request);
    });
    const auto passed_on = [&](const std::string& value) {
        RawConnection client(server.endpoint());
        client.send("GET / HTTP/1.1\r\nHost: x\r\ntraceparent: " + value + "\r\n\r\n");
        client.response();
        return !seen.empty();
    };
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CHECK(passed_on(good));
    CHECK(seen == good);
    CHECK_FALSE(passed_on(good + "0"));
    CHECK_FALSE(passed_on("01" + good.substr(2)));
    CHECK_FALSE(passed_on("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"));
    CHECK_FALSE(passed_on("00-0af7651916cd43dd8448eb211c8031-c-b7ad6b7169203331-01"));
    CHECK_FALSE(passed_on(""));
}

}  // namespace gatehouse::web::test
