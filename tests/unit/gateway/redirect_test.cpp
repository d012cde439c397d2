#include "gateway/redirect.hpp"

#include "made_request.hpp"
#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse::gateway {
namespace {

std::string location(const std::string& origin, std::uint16_t port, std::string_view host, std::string_view target) {
    Loop loop(0);
    auto request = test::made_request({});
    request.host = host;
    request.target = target;
    const auto handler = redirect_handler(origin, port);
    const auto response = gatehouse::test::run_task(loop, handler(request));
    CHECK(response.status == 308);
    CHECK(response.body.empty());
    REQUIRE(response.headers.size() == 1);
    CHECK(response.headers.front().first == "Location");
    return response.headers.front().second;
}

}  // namespace

TEST_CASE("plain HTTP is led to the same target at HTTPS") {
    CHECK(location("", 443, "example.org", "/auth/check?a=b") == "https://example.org/auth/check?a=b");
    CHECK(location("", 443, "example.org:80", "/") == "https://example.org/");
    CHECK(location("", 8443, "example.org:8080", "/") == "https://example.org:8443/");
    CHECK(location("", 443, "[2001:db8::1]:80", "/") == "https://[2001:db8::1]/");
    CHECK(location("", 8443, "[2001:db8::1]", "/") == "https://[2001:db8::1]:8443/");
}

TEST_CASE("a public origin decides where to, whatever the Host header says") {
    CHECK(location("https://login.example.org", 8443, "evil.example", "/x") == "https://login.example.org/x");
}

}  // namespace gatehouse::gateway
