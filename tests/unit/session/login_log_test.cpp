// What sign-ins leave in the log: enough to answer for, and no secret.
#include "sign_in_world.hpp"
#include "support/captured_log.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

std::string member(const std::string& line, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    const auto at = line.find(key);
    if (at == std::string::npos) return {};
    const auto begin = at + key.size();
    return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

}  // namespace

TEST_CASE("a throttled try is found among the failed ones of its user, without his address or password") {
    World world;
    const auto ada = world.add();
    const auto lines = logged(log::Level::info, [&] {
        for (int i = 0; i < 6; ++i) CHECK_FALSE(world.sign_in(World::request(kAddress, "a wrong password")));
        CHECK_FALSE(world.sign_in(World::request("nobody@example.org", "a wrong password")));
    });
    REQUIRE(lines.size() == 7);
    CHECK(member(lines[0], "event") == "\"signin.failed\"");
    CHECK(member(lines[0], "user_id") == std::to_string(static_cast<std::int64_t>(ada.id)));
    CHECK(member(lines[0], "client_ip") == "\"203.0.113.7\"");
    CHECK(member(lines[5], "event") == "\"signin.throttled\"");
    CHECK(member(lines[5], "user_id").empty());
    CHECK_FALSE(member(lines[5], "logid").empty());
    CHECK(member(lines[5], "logid") == member(lines[0], "logid"));
    CHECK(member(lines[6], "user_id").empty());
    CHECK(member(lines[6], "logid") != member(lines[0], "logid"));
    for (const std::string& line : lines) {
        CHECK(line.find("example.org") == std::string::npos);
        CHECK(line.find("wrong password") == std::string::npos);
    }
}
