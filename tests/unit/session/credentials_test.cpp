#include "session/credentials.hpp"

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;

namespace {

std::string hash(char digit) { return std::string(64, digit); }

}  // namespace

TEST_CASE("entries stand between commas or on lines of their own, several of one name as well") {
    const auto read = parse_credentials("gateway:login+introspect:" + hash('a') + ", ops:admin:" + hash('b') +
                                        "\r\n\n gateway:introspect:" + hash('c') + "\n");
    CHECK(read.mistakes.empty());
    REQUIRE(read.entries.size() == 3);
    CHECK(read.entries[0].scopes == std::vector<std::string>{"login", "introspect"});
    CHECK(read.entries[1].name == "ops");
    CHECK(read.entries[2].name == "gateway");
}

TEST_CASE("an entry may be disabled, with its scopes or without") {
    const auto read = parse_credentials("a:disabled:" + hash('a') + ",b:login+disabled:" + hash('b'));
    CHECK(read.mistakes.empty());
    REQUIRE(read.entries.size() == 2);
    for (const auto& entry : read.entries) CHECK(entry.has_scope(kDisabled));
}

TEST_CASE("all mistakes are told, each with the number of its entry, and none repeats a secret") {
    const std::string secret = "ghs_x_" + std::string(43, 'Q');
    const auto read = parse_credentials(secret + ",good:login:" + hash('a') + ",a:root:" + hash('b') + ",b:login:12\n" +
                                        "again:admin:" + hash('a'));
    REQUIRE(read.mistakes.size() == 4);
    CHECK(read.mistakes[0] == "entry 1: is not name:scope+scope:hash");
    CHECK(read.mistakes[1].starts_with("entry 3: a has a scope that is none of"));
    CHECK(read.mistakes[2] == "entry 4: b: the hash is not 64 hex digits");
    CHECK(read.mistakes[3] == "entry 5: again stands there already, with the same hash");
    for (const auto& mistake : read.mistakes) CHECK(mistake.find("QQQ") == std::string::npos);
}

TEST_CASE("a list without an entry is a mistake: nobody could ask") {
    for (const char* text : {"", " , ,\n", "\n\n"}) CHECK(parse_credentials(text).mistakes.size() == 1);
}
