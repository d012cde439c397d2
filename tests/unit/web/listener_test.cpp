#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server_tools.hpp"
#include "support/catch.hpp"

namespace gatehouse::web::test {

TEST_CASE("a port in use is an error that says so") {
    TestServer first;
    IoThreads threads({.threads = 1});
    ServerOptions options;
    options.listen = {first.endpoint()};
    Server second(threads, std::move(options), {echo});
    const auto listening = second.listen();
    REQUIRE_FALSE(listening);
    CHECK(listening.error().code == Errc::unavailable);
    CHECK(listening.error().detail.find(to_string(first.endpoint())) != std::string::npos);
    CHECK(listening.error().detail.find("another process listens there") != std::string::npos);
}

TEST_CASE("an address that cannot be listened on is an error that says why") {
    const auto error_of = [](Endpoint endpoint) {
        IoThreads threads({.threads = 1});
        ServerOptions options;
        options.listen = {std::move(endpoint)};
        Server server(threads, std::move(options), {echo});
        const auto listening = server.listen();
        REQUIRE_FALSE(listening);
        return listening.error();
    };
    CHECK(error_of({"example.org", 0, {}}).code == Errc::invalid_input);
    CHECK(error_of({"::zz", 0, {}}).code == Errc::invalid_input);
    CHECK(error_of({"192.0.2.1", 0, {}}).code == Errc::unavailable);
    CHECK(error_of({{}, 0, "/nonexistent/directory/socket"}).detail.find("make the directory first") !=
          std::string::npos);
    CHECK(error_of({{}, 0, "/tmp/" + std::string(200, 'a')}).code == Errc::invalid_input);
}

TEST_CASE("a socket file that a dead process left is replaced, a live one is not, a plain file neither") {
    const gatehouse::test::TempDir directory;
    const Endpoint endpoint{{}, 0, directory / "socket"};
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        std::strncpy(name.sun_path, endpoint.unix_path.c_str(), sizeof name.sun_path - 1);
        REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
        ::close(fd);  // nobody listens, the file stays
    }
    {
        TestServer server(on_unix(directory));
        RawConnection client(endpoint);
        REQUIRE(client.send(kGet));
        CHECK(client.response().status == 200);
        CHECK_THROWS_WITH(TestServer(on_unix(directory)), contains_text("another process listens there"));
        CHECK(std::filesystem::exists(endpoint.unix_path));
        REQUIRE(client.send(kGet));
        CHECK(client.response().status == 200);
    }
    CHECK_FALSE(std::filesystem::exists(endpoint.unix_path));
    {
        const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(endpoint.unix_path.c_str(), "w"), &std::fclose);
    }
    CHECK_THROWS(TestServer(on_unix(directory)));
    CHECK(std::filesystem::is_regular_file(endpoint.unix_path));
}

TEST_CASE("a successor's socket file survives the end of the process before it") {
    const gatehouse::test::TempDir directory;
    Gate gate;
    auto first = std::make_unique<TestServer>(on_unix(directory), gate.handler());
    RawConnection busy(first->endpoint());
    REQUIRE(busy.send(kGet));
    REQUIRE(gate.wait_for_held(1));
    Drain drain(*first, 10s);
    REQUIRE(soon([&] { return !std::filesystem::exists(first->endpoint().unix_path); }));
    TestServer second(on_unix(directory));
    gate.open();
    CHECK(busy.response().status == 200);
    busy.close();
    CHECK(drain.wait());
    first.reset();
    RawConnection client(second.endpoint());
    REQUIRE(client.send(kGet));
    CHECK(client.response().status == 200);
}

}  // namespace gatehouse::web::test
