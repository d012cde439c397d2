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

TEST_CASE("a server answers over TCP and over a Unix socket alike") {
    const gatehouse::test::TempDir directory;
    auto options = on_unix(directory);
    options.listen.push_back({"127.0.0.1", 0, {}});
    std::atomic<bool> was_unix = false;
    TestServer server(std::move(options), [&](Request& request) {
        was_unix = request.peer.is_unix;
        return echo(request);
    });
    RawConnection local(server.endpoint(0));
    REQUIRE(local.send(kGet));
    CHECK(local.response().body == "GET /a host=x body=");
    CHECK(was_unix);
    CHECK(server.endpoint(1).port != 0);
    RawConnection remote(server.endpoint(1));
    REQUIRE(remote.send(kGet));
    CHECK(remote.response().status == 200);
    CHECK_FALSE(was_unix);
    struct stat info{};
    REQUIRE(::stat(server.endpoint(0).unix_path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0660);
}

TEST_CASE("a handler learns who asks, and until when") {
    Peer peer;
    std::chrono::milliseconds left{};
    auto options = TestServer::quick_options();
    options.request_timeout = 3s;
    TestServer server(std::move(options), [&](Request& request) {
        peer = request.peer;
        left = request.deadline.remaining();
        return echo(request);
    });
    RawConnection client(server.endpoint());
    REQUIRE(client.send(kGet));
    client.response();
    CHECK(peer.address.to_string() == "127.0.0.1");
    CHECK_FALSE(peer.is_unix);
    CHECK(left > 2s);
    CHECK(left <= 3s);
}

TEST_CASE("an exception in a handler is a 500 without its text, and the connection lives on") {
    TestServer server(TestServer::quick_options(), [](Request& request) -> Task<Response> {
        if (request.path == "/a") throw std::runtime_error("hunter2");
        return echo(request);
    });
    RawConnection client(server.endpoint());
    for (int i = 0; i < 2; ++i) {
        REQUIRE(client.send(kGet));
        const auto failed = client.response();
        CHECK(failed.status == 500);
        CHECK(failed.header("X-Frame-Options") == "DENY");
        CHECK(failed.body.find(R"("error_code":"INTERNAL_ERROR")") != std::string::npos);
        CHECK(failed.body.find("hunter2") == std::string::npos);
    }
    REQUIRE(client.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client.response().status == 200);
}

TEST_CASE("every response has its request's id, and over HTTPS the headers of HTTPS: refusals and failures too") {
    auto options = TestServer::quick_options();
    options.https_headers = "Strict-Transport-Security: max-age=1\r\n";
    options.origin = [](const Request& request) {
        return Origin{request.peer.address, request.header("X-Forwarded-Proto") == "https", true};
    };
    TestServer server(std::move(options), [](Request& request) -> Task<Response> {
        if (request.path == "/fails") throw std::runtime_error("a handler that throws");
        return echo(request);
    });
    const auto asked = [&](const std::string& target, const std::string& fields) {
        RawConnection client(server.endpoint());
        client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n" + fields + "\r\n");
        return client.response();
    };
    const std::string proto = "X-Forwarded-Proto: https\r\n";
    for (const auto& [target, fields, status] : {std::tuple<std::string, std::string, int>{"/", "", 200},
                                                 {"/fails", "", 500},
                                                 {"/", "Content-Length: 99999999\r\n", 413}}) {
        CAPTURE(target, fields);
        const auto plain = asked(target, fields);
        const auto encrypted = asked(target, proto + fields);
        CHECK(plain.status == status);
        CHECK(encrypted.status == status);
        for (const auto& response : {plain, encrypted}) CHECK(response.header("X-Request-Id") == "mine");
        CHECK(plain.header("Strict-Transport-Security").empty());
        CHECK(encrypted.header("Strict-Transport-Security") == "max-age=1");
    }
    RawConnection garbage(server.endpoint());
    garbage.send("\x01\x02 garbage\r\n\r\n");
    const auto refused = garbage.response();
    CHECK(refused.status == 400);
    CHECK(refused.header("X-Request-Id").size() == 16);
}

TEST_CASE("a body that arrives slowly does not use up the handler's time") {
    auto options = TestServer::quick_options();
    options.request_timeout = std::chrono::milliseconds(300);
    TestServer server(std::move(options), [](Request& request) -> Task<Response> {
        Response response;
        response.status = request.deadline.passed() ? 503 : 200;
        co_return response;
    });
    RawConnection client(server.endpoint());
    REQUIRE(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na"));
    std::this_thread::sleep_for(std::chrono::milliseconds(400));  // the slowness that is tested
    REQUIRE(client.send("b"));
    CHECK(client.response().status == 200);
}

TEST_CASE("a connection too many has a quick 503 and does not disturb the others") {
    auto options = TestServer::quick_options();
    options.connections = 3;
    TestServer server(std::move(options));
    std::vector<std::unique_ptr<RawConnection>> kept;
    for (int i = 0; i < 3; ++i) {
        kept.push_back(std::make_unique<RawConnection>(server.endpoint()));
        REQUIRE(kept.back()->send(kGet));
        CHECK(kept.back()->response().status == 200);
    }
    for (int i = 0; i < 20; ++i) {
        RawConnection refused(server.endpoint());
        refused.send(kGet);
        const auto all = refused.responses_until_closed();
        CHECK_FALSE(refused.was_reset());
        REQUIRE(all.size() == 1);
        CHECK(all.front().status == 503);
        CHECK(all.front().header("Retry-After") == "1");
        CHECK(all.front().header("Connection") == "close");
        CHECK(all.front().header("X-Frame-Options") == "DENY");
        CHECK(all.front().count("Date") == 1);
        CHECK(all.front().body.find(R"("request_id":"")") == std::string::npos);
    }
    CHECK(server.open_connections() == 3);
    for (const auto& one : kept) {
        REQUIRE(one->send(kGet));
        CHECK(one->response().status == 200);
    }
    kept.pop_back();
    REQUIRE(soon([&] { return server.open_connections() == 2; }));
    RawConnection again(server.endpoint());
    REQUIRE(again.send(kGet));
    CHECK(again.response().status == 200);
}

TEST_CASE("connections are spread evenly over the loops") {
    std::mutex mutex;
    std::map<std::size_t, int> per_loop;
    TestServer server(
        TestServer::quick_options(),
        [&](Request& request) {
            {
                const std::lock_guard lock(mutex);
                ++per_loop[request.loop->index];
            }
            return echo(request);
        },
        4);
    std::vector<std::unique_ptr<RawConnection>> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(std::make_unique<RawConnection>(server.endpoint()));
        REQUIRE(all.back()->send(kGet));
        CHECK(all.back()->response().status == 200);
    }
    const std::lock_guard lock(mutex);
    CHECK(per_loop == std::map<std::size_t, int>{{0, 10}, {1, 10}, {2, 10}, {3, 10}});
}

TEST_CASE("a thousand connections come and go, and none is left") {
    TestServer server;
    for (int i = 0; i < 1000; ++i) {
        RawConnection client(server.endpoint());
        if (i % 3 == 0) continue;  // without a word
        REQUIRE(client.send(kGet));
        if (i % 3 == 1) CHECK(client.response().status == 200);
    }
    CHECK(soon([&] { return server.open_connections() == 0; }));
}

TEST_CASE("an idle connection is closed in time without an answer") {
    auto options = TestServer::quick_options();
    options.idle_timeout = 50ms;
    TestServer server(std::move(options));
    RawConnection silent(server.endpoint());
    CHECK(silent.responses_until_closed().empty());
    RawConnection used(server.endpoint());
    REQUIRE(used.send(kGet));
    CHECK(used.response().status == 200);
    CHECK(used.closes());
    CHECK(used.received().empty());
}

TEST_CASE("a client that never reads is cut off") {
    auto options = TestServer::quick_options();
    options.write_timeout = 100ms;
    TestServer server(std::move(options), [](Request&) -> Task<Response> {
        Response response;
        response.body.assign(32 * 1024 * 1024, 'a');
        co_return response;
    });
    RawConnection client(server.endpoint());
    REQUIRE(client.send(kGet));
    REQUIRE(soon([&] { return server.handled() == 1; }));
    CHECK(soon([&] { return server.open_connections() == 0; }));
}

TEST_CASE("a client that pipelines without an end does not keep its loop from others") {
    TestServer server(TestServer::quick_options(), echo, 1);
    std::atomic<bool> stop = false;
    std::string many;
    for (int i = 0; i < 100; ++i) many += kGet;
    std::vector<std::thread> floods;
    for (int i = 0; i < 2; ++i) {
        floods.emplace_back([&] {
            RawConnection client(server.endpoint());
            std::thread reader([&] {
                while (client.receive(100ms) || !client.ended()) {
                    if (stop) break;
                }
            });
            while (!stop && client.send(many)) {
            }
            client.shut_write();
            reader.join();
        });
    }
    CHECK(soon([&] { return server.handled() > 1000; }));
    for (int i = 0; i < 20; ++i) {
        RawConnection client(server.endpoint());
        REQUIRE(client.send(kGet));
        CHECK(client.response().status == 200);
    }
    stop = true;
    for (auto& flood : floods) flood.join();
}

TEST_CASE("requests that each fill what is read at once do not keep a loop to themselves either") {
    std::mutex mutex;
    std::vector<std::string> answered;
    std::promise<void> all_here;
    auto wait = all_here.get_future();
    auto handler = [&](Request& request) -> Task<Response> {
        if (request.path == "/hold") wait.wait();  // the loop finds all the others at once
        const std::lock_guard lock(mutex);
        answered.emplace_back(request.path);
        co_return Response{};
    };
    TestServer server(TestServer::quick_options(), handler, 1);
    const std::string start = "GET /many HTTP/1.1\r\nHost: x\r\nX: ";
    const std::string full = start + std::string(4096 - start.size() - 4, 'x') + "\r\n\r\n";
    constexpr std::size_t kMany = 64;
    std::string many;
    for (std::size_t i = 0; i < kMany; ++i) many += full;

    RawConnection greedy(server.endpoint());
    RawConnection other(server.endpoint());
    RawConnection holder(server.endpoint());
    REQUIRE(soon([&] { return server.open_connections() == 3; }));
    REQUIRE(holder.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    REQUIRE(greedy.send(many));
    REQUIRE(other.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\n"));
    all_here.set_value();
    CHECK(other.response().status == 200);
    REQUIRE(soon([&] { return server.handled() == kMany + 2; }));
    const std::lock_guard lock(mutex);
    CHECK(answered.back() == "/many");  // "/one" had its turn before they were through
}

TEST_CASE("a server out of descriptors goes on as soon as it has some again") {
    // In a child: the limit is the process's.
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        TestServer server;
        std::vector<std::unique_ptr<RawConnection>> all;
        rlimit limit{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        bool used_up = false;  // the client is out of descriptors, and so is the server
        while (!used_up) {
            try {
                all.push_back(std::make_unique<RawConnection>(server.endpoint()));
                all.back()->send(kGet);
            } catch (const std::runtime_error&) {
                used_up = true;
            }
        }
        all.resize(10);
        bool served = true;
        for (int i = 0; i < 5; ++i) {
            RawConnection client(server.endpoint());
            served = served && client.send(kGet) && client.response().status == 200;
        }
        std::_Exit(served ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE(
    "the limit of open files is raised as far as it goes, and no more connections are taken than it has room for") {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    CHECK(within_file_limit(1) == 1);
    rlimit after{};
    ::getrlimit(RLIMIT_NOFILE, &after);
    CHECK(after.rlim_cur == before.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);

    const pid_t child = ::fork();  // the hard limit cannot be raised again
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto taken = [](rlim_t files, std::size_t wanted) {
            const rlimit lower{files, files};
            return ::setrlimit(RLIMIT_NOFILE, &lower) == 0 ? within_file_limit(wanted) : 0;
        };
        const bool right = taken(4096, 16384) == 4096 - 512 && taken(4096, 3000) == 3000 && taken(64, 16384) == 32;
        std::_Exit(right ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace gatehouse::web::test
