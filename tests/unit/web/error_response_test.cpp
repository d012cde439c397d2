#include "web/error_response.hpp"

#include "support/catch.hpp"

namespace gatehouse::web {

TEST_CASE("every failure has the one shape") {
    const auto response = error_response(404, "NOT_FOUND", "There is nothing", "00ff");
    CHECK(response.status == 404);
    CHECK(response.content_type == "application/json");
    CHECK(response.body ==
          R"({"success":false,"message":"There is nothing","error_code":"NOT_FOUND","request_id":"00ff"})");
    CHECK(response.headers.empty());
}

TEST_CASE("when to try again stands in the body and in the header") {
    const auto response = error_response(503, "BUSY", "m", "r", std::chrono::seconds(7));
    CHECK(response.body == R"({"success":false,"message":"m","error_code":"BUSY","request_id":"r","retry_after":7})");
    REQUIRE(response.headers.size() == 1);
    CHECK(response.headers.front() == std::pair<std::string_view, std::string>("Retry-After", "7"));
}

TEST_CASE("texts are escaped") {
    const auto response = error_response(400, "A\"B", "c\\\n\x01", "d\"");
    CHECK(response.body ==
          "{\"success\":false,\"message\":\"c\\\\\\n\\u0001\",\"error_code\":\"A\\\"B\",\"request_id\":\"d\\\"\"}");
}

}  // namespace gatehouse::web
