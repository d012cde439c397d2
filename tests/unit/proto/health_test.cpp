#include "proto/health.hpp"

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

TEST_CASE("health is read as it was written") {
    CHECK(*round_trip("health", health_from_json) == Health{Dependency::unavailable, Dependency::connected});
    for (std::string_view member : {"database", "sessions"}) needs("health", member, Errc::protocol, health_from_json);
    CHECK(!health_from_json(R"({"database":"connected","sessions":"maybe"})").has_value());
}

TEST_CASE("healthy means that both stores are connected") {
    CHECK(Health{Dependency::connected, Dependency::connected}.healthy());
    CHECK(!Health{Dependency::connected, Dependency::unavailable}.healthy());
    CHECK(!Health{Dependency::unavailable, Dependency::connected}.healthy());
}
