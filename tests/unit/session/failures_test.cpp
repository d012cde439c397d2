#include "session/failures.hpp"

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using proto::ErrorCode;

namespace {

Error error_of(Errc code) { return fail(code, "what the driver said").error(); }

}  // namespace

TEST_CASE("what cannot be reached is 503 with Retry-After, whatever kept it") {
    for (const Errc code : {Errc::timeout, Errc::unavailable, Errc::overloaded, Errc::protocol, Errc::denied}) {
        INFO(to_string(code));
        CHECK(database_failed(error_of(code)).error().code == ErrorCode::database_unavailable);
        CHECK(sessions_failed(error_of(code)).error().code == ErrorCode::sessions_unavailable);
        CHECK(hashing_failed(error_of(code)).error().code == ErrorCode::hashing_busy);
        CHECK(database_failed(error_of(code)).error().retry_after == std::chrono::seconds(1));
        CHECK(database_failed(error_of(code), "a sentence").error().message == "a sentence");
    }
    CHECK(database_failed(error_of(Errc::cancelled)).error().code == ErrorCode::service_unavailable);
    CHECK(schema_missing().error().retry_after == std::chrono::seconds(1));
}

TEST_CASE("what the caller got wrong keeps its meaning") {
    CHECK(database_failed(error_of(Errc::not_found)).error().code == ErrorCode::not_found);
    CHECK(database_failed(error_of(Errc::conflict)).error().code == ErrorCode::conflict);
    const auto wrong = bad_request(fail(Errc::invalid_input, "email is missing").error()).error();
    CHECK(wrong.code == ErrorCode::invalid_request);
    CHECK(wrong.message == "email is missing");
    CHECK_FALSE(wrong.retry_after.has_value());
}

TEST_CASE("our own mistakes are 500 and say nothing of themselves") {
    for (const auto& failure :
         {database_failed(error_of(Errc::internal), "a sentence").error(),
          hashing_failed(error_of(Errc::internal)).error(), hashing_failed(error_of(Errc::invalid_input)).error()}) {
        CHECK(failure.code == ErrorCode::internal_error);
        CHECK(failure.message.empty());
        CHECK(failure.detail.find("what the driver said") != std::string::npos);
        CHECK(to_json(failure, "r-1").find("driver") == std::string::npos);
    }
}
