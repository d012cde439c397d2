#include "gateway/guard/role_rule.hpp"

#include "support/catch.hpp"

namespace gatehouse::gateway {

TEST_CASE("without a rule everybody passes who is signed in") {
    const auto rule = RoleRule::of_query("");
    REQUIRE(rule);
    CHECK(rule->admits("student"));
    CHECK(rule->admits(""));
}

TEST_CASE("a rule admits the roles that it lists, to the letter") {
    for (const std::string_view query :
         {"role=librarian,admin", "role=librarian,,admin,", "role=%6cibrarian%2Cadmin", "role=librarian,%20admin%20"}) {
        INFO(query);
        const auto rule = RoleRule::of_query(query);
        REQUIRE(rule);
        CHECK(rule->admits("librarian"));
        CHECK(rule->admits("admin"));
        for (const std::string_view other : {"", "student", "Admin", "admi", "administrator", "librarian,admin", "*"}) {
            INFO(other);
            CHECK_FALSE(rule->admits(other));
        }
    }
    CHECK(RoleRule::of_list("b%C3%BCcherei")
              ->admits("b\xc3\xbc"
                       "cherei"));
    CHECK(RoleRule::of_query("role=a=b")->admits("a=b"));
}

TEST_CASE("what is not understood is no rule that lets everybody through") {
    for (const std::string_view query :
         {"role", "role=", "role=,", "role=%20", "roles=admin", "Role=admin", "group=admin", "role=admin&x=1",
          "role=admin&role=student", "x=1&role=admin", "&role=admin", "role=admin&", "role=%zz", "role=%4", "="}) {
        INFO(query);
        CHECK_FALSE(RoleRule::of_query(query));
    }
    for (const std::string_view list : {"", ",", "%", "%2c"}) CHECK_FALSE(RoleRule::of_list(list));
}

}  // namespace gatehouse::gateway
