#include "proto/introspect.hpp"

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

TEST_CASE("a single introspection is read as it was written") {
    const auto request = round_trip("introspect_request", introspect_request_from_json);
    CHECK(request->shape == Shape::single);
    CHECK(request->touch == Touch::no);
    REQUIRE(request->items.size() == 1);
    CHECK(request->items.front().ref == "0123456789abcdef");
    CHECK(request->items.front().request_id == "r-1");
    needs("introspect_request", "token", Errc::invalid_input, introspect_request_from_json);
}

TEST_CASE("a batch of introspections is read as it was written") {
    const auto request = round_trip("introspect_batch_request", introspect_request_from_json);
    CHECK(request->shape == Shape::batch);
    CHECK(request->touch == Touch::yes);
    REQUIRE(request->items.size() == 2);
    CHECK(request->items.at(1).request_id.empty());
}

TEST_CASE("an empty batch and one of 101 are refused") {
    CHECK(!introspect_request_from_json(R"({"items":[]})").has_value());
    const auto batch = [](int size) {
        std::string items = R"({"token":"t"})";
        for (int i = 1; i < size; ++i) items += R"(,{"token":"t"})";
        return R"({"items":[)" + items + "]}";
    };
    CHECK(introspect_request_from_json(batch(100)).has_value());
    CHECK(!introspect_request_from_json(batch(101)).has_value());
}

TEST_CASE("a live session is answered in RFC 7662's words") {
    const auto answer = round_trip("introspect_answer", introspect_answer_from_json);
    CHECK(answer->shape == Shape::single);
    const auto& active = std::get<Active>(answer->items.front().state);
    CHECK(active.user == User{1, "Ada Lovelace", "ada@example.org", "student"});
    CHECK(active.sid == "0123456789abcdef");
    for (std::string_view member : {"active", "sub", "iat", "exp", "email", "full_name", "role"}) {
        needs("introspect_answer", member, Errc::protocol, introspect_answer_from_json);
    }
}

TEST_CASE("a batch's answer tells not active from not known") {
    const auto answer = round_trip("introspect_batch_answer", introspect_answer_from_json);
    CHECK(answer->shape == Shape::batch);
    REQUIRE(answer->items.size() == 3);
    CHECK(std::holds_alternative<Inactive>(answer->items.at(0).state));
    CHECK(std::get<ErrorCode>(answer->items.at(1).state) == ErrorCode::sessions_unavailable);
    CHECK(std::get<Active>(answer->items.at(2).state).user.user_id == 9007199254740993);
}

TEST_CASE("an answer without a verdict is never read as a logout") {
    CHECK(!introspect_answer_from_json("{}").has_value());
    CHECK(!introspect_answer_from_json(R"({"active":null,"ref":""})").has_value());
    CHECK(!introspect_answer_from_json(R"({"active":"false","ref":""})").has_value());
    CHECK(!introspect_answer_from_json(
               R"({"active":true,"sub":"1x","iat":1,"exp":1,"email":"","full_name":"","role":""})")
               .has_value());
    const auto newer = introspect_answer_from_json(R"({"error_code":"A_LATER_CODE","active":false})");
    REQUIRE(newer.has_value());
    CHECK(std::get<ErrorCode>(newer->items.front().state) == ErrorCode::service_unavailable);
}
