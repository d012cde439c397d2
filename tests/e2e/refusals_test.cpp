// What the HTTP server refuses on any path, before or instead of a handler: as it arrives at a client of either
// service.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// The answer to bytes that need be no request; the connection is closed after it.
HttpResponse refused_bytes(const gatehouse::Endpoint& server, std::string_view bytes) {
    HttpConnection connection(server);
    connection.send(bytes);
    auto response = connection.receive();
    CHECK(connection.closes_within(3s));
    return response;
}

void check_refusal(const HttpResponse& response, int status, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == status);
    CHECK(response.json("success") == "false");
    CHECK(response.json("error_code") == code);
    CHECK(response.json("request_id") == response.header("X-Request-Id"));
}

}  // namespace

TEST_CASE("what is no HTTP, too large or too slow is refused alike by both services") {
    const Variables impatient{{"HEADER_TIMEOUT", "300ms"}, {"BODY_TIMEOUT", "300ms"}};
    Deployment deployment({Stores::embedded, impatient, impatient});
    for (const gatehouse::Endpoint& server : {deployment.gateway(), deployment.session()}) {
        INFO(to_string(server));
        check_refusal(refused_bytes(server, "no HTTP\r\n\r\n"), 400, "INVALID_REQUEST");
        check_refusal(refused_bytes(server, "GET /auth/check HTTP/1.1\r\n\r\n"), 400, "INVALID_REQUEST");  // no Host
        check_refusal(refused_bytes(server, "GET /auth/check HTTP/1.1\r\nHost: a\r\nX: "), 408, "REQUEST_TIMEOUT");
        const auto large = http_request("POST", "/v1/login", {{"Content-Length", "99999999"}});
        check_refusal(refused_bytes(server, large), 413, "PAYLOAD_TOO_LARGE");
        const auto long_head = http_request("GET", "/v1/health", {{"X", std::string(10'000, 'x')}});
        check_refusal(refused_bytes(server, long_head), 431, "HEADERS_TOO_LARGE");
    }
}

TEST_CASE("a connection too many is a quick 503 from both services") {
    // The gateway's own connections are among the session service's.
    Deployment deployment({Stores::embedded, {{"CONNECTIONS_MAX", "8"}}, {{"CONNECTIONS_MAX", "8"}}});
    for (const gatehouse::Endpoint& server : {deployment.gateway(), deployment.session()}) {
        INFO(to_string(server));
        std::vector<std::unique_ptr<HttpConnection>> open;
        HttpResponse last;
        while (open.size() < 10 && last.status != 503) {
            auto& next = *open.emplace_back(std::make_unique<HttpConnection>(server));
            next.send(http_request("GET", "/nothing"));
            last = next.receive();
        }
        check_refusal(last, 503, "SERVICE_UNAVAILABLE");
        CHECK(last.header("Retry-After") == "1");
        CHECK(last.closed);
    }
}
