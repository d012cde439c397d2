#include "gateway/metrics.hpp"

#include "made_request.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

using proto::ErrorCode;

bool shows(const metrics::Registry& registry, const std::string& line) {
    return ("\n" + registry.render()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every series of the gateway exists at zero before the first request") {
    metrics::Registry registry;
    const Metrics metrics(registry);
    for (const auto* route : {"/", "/health", "/auth/login", "/auth/logout", "/auth/check", "/api/authz/auth-request",
                              "/api/authz/forward-auth", "/api/authz/ext-authz", "other"}) {
        for (const auto* status : {"2xx", "3xx", "4xx", "5xx"}) {
            CHECK(shows(registry, std::string("gatehouse_http_requests_total{route=\"") + route + "\",status=\"" +
                                      status + "\"} 0"));
        }
        CHECK(shows(registry, std::string("gatehouse_http_request_duration_seconds_count{route=\"") + route + "\"} 0"));
    }
    for (const auto* result : {"active", "inactive", "refused_cookie", "anonymous", "unavailable"}) {
        CHECK(shows(registry, std::string("gatehouse_checks_total{result=\"") + result + "\"} 0"));
    }
    for (const auto* outcome :
         {"success", "invalid_credentials", "throttled", "malformed", "cross_site", "unavailable"}) {
        CHECK(shows(registry, std::string("gatehouse_logins_total{outcome=\"") + outcome + "\"} 0"));
    }
    CHECK(shows(registry, "gatehouse_csrf_rejected_total 0"));
}

TEST_CASE("a path of a stranger's makes no series of its own, nor does a strange status") {
    metrics::Registry registry;
    Metrics metrics(registry);
    auto request = test::made_request({});
    for (const auto* path : {"/wp-login.php", "", "/auth/login/", "/AUTH/LOGIN"}) {
        request.path = path;
        metrics.request({request, 404, 0, std::chrono::milliseconds(1)});
    }
    request.path = "/auth/check";
    metrics.request({request, 200, 10, std::chrono::milliseconds(2)});
    metrics.request({request, 100, 0, {}});
    metrics.request({request, 999, 0, {}});
    CHECK(shows(registry, R"(gatehouse_http_requests_total{route="other",status="4xx"} 4)"));
    CHECK(shows(registry, R"(gatehouse_http_requests_total{route="/auth/check",status="2xx"} 2)"));
    CHECK(shows(registry, R"(gatehouse_http_requests_total{route="/auth/check",status="5xx"} 1)"));
    CHECK(shows(registry, R"(gatehouse_http_request_duration_seconds_count{route="other"} 4)"));
    CHECK(registry.render().find("wp-login") == std::string::npos);
}

TEST_CASE("what stands behind ext-authz does not matter, also if no handler has seen the request") {
    metrics::Registry registry;
    Metrics metrics(registry);
    auto request = test::made_request({});
    for (const auto* path : {"/api/authz/ext-authz", "/api/authz/ext-authz/books", "/api/authz/ext-authz;role=a/b"}) {
        request.path = path;
        metrics.request({request, 413, 0, std::chrono::milliseconds(1)});
    }
    CHECK(shows(registry, R"(gatehouse_http_requests_total{route="/api/authz/ext-authz",status="4xx"} 3)"));
}

TEST_CASE("checks and sign-ins are counted by how they ended") {
    metrics::Registry registry;
    Metrics metrics(registry);
    metrics.check(CheckResult::active);
    metrics.check(CheckResult::refused_cookie);
    metrics.check(CheckResult::unavailable);
    metrics.check(CheckResult::unavailable);
    metrics.signed_in();
    for (const auto code : {ErrorCode::invalid_credentials, ErrorCode::rate_limit_exceeded, ErrorCode::missing_email,
                            ErrorCode::unsupported_media_type, ErrorCode::csrf_rejected, ErrorCode::hashing_busy,
                            ErrorCode::service_unavailable, ErrorCode::internal_error}) {
        metrics.login_refused(code);
    }
    metrics.csrf_rejected();
    CHECK(shows(registry, R"(gatehouse_checks_total{result="active"} 1)"));
    CHECK(shows(registry, R"(gatehouse_checks_total{result="refused_cookie"} 1)"));
    CHECK(shows(registry, R"(gatehouse_checks_total{result="inactive"} 0)"));
    CHECK(shows(registry, R"(gatehouse_checks_total{result="unavailable"} 2)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="success"} 1)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="invalid_credentials"} 1)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="throttled"} 1)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="malformed"} 2)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="cross_site"} 1)"));
    CHECK(shows(registry, R"(gatehouse_logins_total{outcome="unavailable"} 3)"));
    CHECK(shows(registry, "gatehouse_csrf_rejected_total 1"));
}

}  // namespace gatehouse::gateway
