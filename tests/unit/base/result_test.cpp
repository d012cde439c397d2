#include "base/result.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

namespace gatehouse {
namespace {

Result<int> refused() { return fail(Errc::timeout, "no reply"); }

}  // namespace

TEST_CASE("a failure carries its code, its detail and the place where it arose") {
    const auto result = refused();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::timeout);
    const auto place_of_it = "tests/unit/base/result_test.cpp:" + std::to_string(result.error().where.line());
    CHECK(place(result.error().where) == place_of_it);
    CHECK(describe(result.error()) == "timeout: no reply (" + place_of_it + ")");
}

TEST_CASE("every error code has a name of its own") {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code)
        names.insert(to_string(static_cast<Errc>(code)));
    CHECK(names.size() == static_cast<std::size_t>(Errc::internal) + 1);
}

}  // namespace gatehouse
