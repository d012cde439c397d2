#include "proto/error_code.hpp"

#include <set>
#include <string>

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

namespace {

std::string to_json(const Failure& failure) { return gatehouse::proto::to_json(failure, "r-1"); }

}  // namespace

TEST_CASE("a failure is read as it was written") {
    const std::string text = golden("failure");
    const auto failure = failure_from_json(text);
    REQUIRE(failure.has_value());
    CHECK(failure->code == ErrorCode::rate_limit_exceeded);
    CHECK(failure->retry_after == std::chrono::seconds(840));
    CHECK(boost::json::parse(to_json(*failure)) == boost::json::parse(text));
}

TEST_CASE("every code has its own name and a status that fits its comment") {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ErrorCode::service_unavailable); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        names.insert(info(code).name);
        CHECK(parse_error_code(info(code).name) == code);
        CHECK(!info(code).message.empty());
    }
    CHECK(names.size() == static_cast<std::size_t>(ErrorCode::service_unavailable) + 1);
    const std::pair<ErrorCode, int> statuses[] = {
        {ErrorCode::invalid_request, 400},
        {ErrorCode::missing_email, 400},
        {ErrorCode::missing_password, 400},
        {ErrorCode::invalid_email, 400},
        {ErrorCode::invalid_password, 400},
        {ErrorCode::invalid_credentials, 401},
        {ErrorCode::rate_limit_exceeded, 429},
        {ErrorCode::internal_error, 500},
        {ErrorCode::not_authenticated, 401},
        {ErrorCode::csrf_rejected, 403},
        {ErrorCode::forbidden, 403},
        {ErrorCode::not_found, 404},
        {ErrorCode::method_not_allowed, 405},
        {ErrorCode::request_timeout, 408},
        {ErrorCode::conflict, 409},
        {ErrorCode::payload_too_large, 413},
        {ErrorCode::unsupported_media_type, 415},
        {ErrorCode::headers_too_large, 431},
        {ErrorCode::hashing_busy, 503},
        {ErrorCode::sessions_unavailable, 503},
        {ErrorCode::database_unavailable, 503},
        {ErrorCode::service_unavailable, 503},
    };
    CHECK(std::size(statuses) == names.size());
    for (const auto& [code, status] : statuses) CHECK(info(code).status == status);
    CHECK(info(ErrorCode::missing_email).name == "MISSING_EMAIL");
    CHECK(info(ErrorCode::service_unavailable).name == "SERVICE_UNAVAILABLE");
    CHECK(!parse_error_code("missing_email").has_value());
}

TEST_CASE("the detail of a failure is never sent") {
    const std::string text = to_json(refuse(ErrorCode::internal_error, "table users is missing").error());
    CHECK(text.find("users") == std::string::npos);
    CHECK(text.find("retry_after") == std::string::npos);
    CHECK(to_json(refuse(ErrorCode::conflict, "", "That address is taken").error()).find("That address is taken") !=
          std::string::npos);
}

TEST_CASE("every refusal that is 503 says when to come again") {
    for (int i = 0; i <= static_cast<int>(ErrorCode::service_unavailable); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        INFO(info(code).name);
        CHECK(refuse(code).error().retry_after.has_value() == (info(code).status == 503));
    }
    CHECK(refuse(ErrorCode::hashing_busy).error().retry_after == std::chrono::seconds(1));
    CHECK(refuse(ErrorCode::hashing_busy, "", "", std::chrono::seconds(7)).error().retry_after ==
          std::chrono::seconds(7));
    CHECK(refuse(ErrorCode::rate_limit_exceeded, "", "", std::chrono::seconds(9)).error().retry_after ==
          std::chrono::seconds(9));
}

TEST_CASE("what is not a failure is a protocol error") {
    for (std::string_view text :
         {"{}", R"({"success":true,"message":"m","error_code":"CONFLICT"})", R"({"success":false,"message":"m"})",
          R"({"success":false,"message":"m","error_code":"WHAT"})",
          R"({"success":false,"message":"m","error_code":"CONFLICT","retry_after":"1"})"}) {
        INFO(text);
        const auto failure = failure_from_json(text);
        REQUIRE(!failure.has_value());
        CHECK(failure.error().code == Errc::protocol);
    }
}
