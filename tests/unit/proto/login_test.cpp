#include "proto/login.hpp"

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

TEST_CASE("a login request is read as it was written") {
    const auto request = round_trip("login_request", login_request_from_json);
    CHECK(request->email == "ada@example.org");
    CHECK(request->password.view() == "correct horse");
    REQUIRE(request->previous_tokens.size() == 1);
    CHECK(request->previous_tokens.front().view().size() == 56);
    CHECK(request->client.ip == "203.0.113.7");
    CHECK(request->client.user_agent == "Mozilla/5.0");
    for (std::string_view member : {"email", "password"}) {
        needs("login_request", member, Errc::invalid_input, login_request_from_json);
    }
}

TEST_CASE("a login request may leave out the client and the previous tokens") {
    const auto request = login_request_from_json(R"({"email":"a@b","password":"p"})");
    REQUIRE(request.has_value());
    CHECK(request->previous_tokens.empty());
    CHECK(request->client.ip.empty());
}

TEST_CASE("a password keeps every byte, a NUL and non-ASCII ones too") {
    LoginRequest request;
    request.email = "a@b";
    request.password = Secret(std::string_view("p\0\xc3\xa9\"", 5));
    const auto read = login_request_from_json(to_json(request));
    REQUIRE(read.has_value());
    CHECK(read->password.view() == request.password.view());
}

TEST_CASE("nine previous tokens are too many") {
    std::string tokens = R"("t")";
    for (int i = 0; i < 8; ++i) tokens += R"(,"t")";
    CHECK(!login_request_from_json(R"({"email":"a@b","password":"p","previous_tokens":[)" + tokens + "]}").has_value());
}

TEST_CASE("a login answer is read as it was written") {
    const auto answer = round_trip("login_answer", login_answer_from_json);
    CHECK(answer->user == User{1, "Ada Lovelace", "ada@example.org", "student"});
    CHECK(answer->iat == 1763800000);
    CHECK(answer->exp == 1763886400);
    for (std::string_view member : {"user", "token", "iat", "exp"}) {
        needs("login_answer", member, Errc::protocol, login_answer_from_json);
    }
}
