#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

#include "server_tools.hpp"
#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse::web::test {

TEST_CASE("a drain lets requests in flight end, closes idle connections and listens no more") {
    Gate gate;
    TestServer server(TestServer::quick_options(), gate.handler());
    RawConnection idle(server.endpoint());
    RawConnection busy(server.endpoint());
    REQUIRE(busy.send(std::string(kGet) + std::string(kGet)));
    REQUIRE(gate.wait_for_held(1));
    const auto endpoint = server.endpoint();

    Drain drain(server, 10s);
    CHECK(soon([&] { return refuses(endpoint); }));
    CHECK(idle.closes());
    CHECK(idle.received().empty());
    CHECK(drain.elapsed() < 5s);
    CHECK(soon([&] { return server.open_connections() == 1; }));
    gate.open();
    const auto all = busy.responses_until_closed();
    REQUIRE(all.size() == 1);
    CHECK(all.front().status == 200);
    CHECK(all.front().header("Connection") == "close");
    busy.close();
    CHECK(drain.wait());
    CHECK(server.open_connections() == 0);
}

TEST_CASE("a drain still answers who has connected, and who is just sending") {
    TestServer server;
    RawConnection known(server.endpoint());
    REQUIRE(known.send(kGet));
    CHECK(known.response().header("Connection") == "keep-alive");
    // The loop is held up while a client connects and sends, and the drain begins.
    std::promise<void> go_on;
    asio::post(server.threads()[0].context, [wait = go_on.get_future().share()] { wait.wait(); });
    RawConnection waiting(server.endpoint());
    REQUIRE(waiting.send(kGet));
    Drain drain(server, 10s);
    REQUIRE(known.send(kGet));
    go_on.set_value();
    CHECK(waiting.response().header("Connection") == "close");
    CHECK(known.response().header("Connection") == "close");
    waiting.close();
    known.close();
    CHECK(drain.wait());
}

TEST_CASE("a drain gives up at its deadline, and what hangs goes with the loops") {
    Gate gate;
    TestServer server(TestServer::quick_options(), gate.handler());
    RawConnection hanging(server.endpoint());
    REQUIRE(hanging.send(kGet));
    REQUIRE(gate.wait_for_held(1));
    Drain drain(server, 100ms);
    CHECK_FALSE(drain.wait());
    CHECK(drain.elapsed() < 5s);
    CHECK(server.open_connections() == 1);
}

}  // namespace gatehouse::web::test
