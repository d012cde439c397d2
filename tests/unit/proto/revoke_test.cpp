#include "proto/revoke.hpp"

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

TEST_CASE("a revocation names tokens") {
    CHECK(round_trip("revoke_tokens_request", revoke_request_from_json)->tokens.size() == 1);
    CHECK(round_trip("revoke_answer", revoke_answer_from_json)->revoked == 1);
    needs("revoke_answer", "revoked", Errc::protocol, revoke_answer_from_json);
}

TEST_CASE("a single token may be given by its own member") {
    const auto request = revoke_request_from_json(R"({"token":"t"})");
    REQUIRE(request.has_value());
    CHECK(request->tokens.front().view() == "t");
}

TEST_CASE("a revocation that does not say exactly what ends is refused") {
    for (std::string_view text :
         {R"({})", R"({"user_id":1})", R"({"user_id":1,"all":false})", R"({"user_id":"1","all":true})",
          R"({"all":true})", R"({"tokens":[]})", R"({"tokens":[1]})", R"({"sid":"0123456789abcdef"})"}) {
        INFO(text);
        const auto request = revoke_request_from_json(text);
        REQUIRE(!request.has_value());
        CHECK(request.error().code == Errc::invalid_input);
    }
}
