#include "redis/commands.hpp"

#include "support/catch.hpp"

using gatehouse::redis::Commands;

TEST_CASE("commands are written binary-safe, one after the other") {
    using namespace std::string_view_literals;
    Commands commands({"SET", "k\r\n", "\0%s"sv});
    commands.add({"GET", ""});
    REQUIRE(commands.size() == 2);
    CHECK(commands[0] == "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$3\r\n\0%s\r\n"sv);
    CHECK(commands[1] == "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

TEST_CASE("wiped commands are gone") {
    Commands commands({"AUTH", "pw"});
    commands.wipe_bytes();
    CHECK(commands.size() == 0);
}
