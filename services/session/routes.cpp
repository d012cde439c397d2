#include "session/routes.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/log.hpp"
#include "base/text.hpp"
#include "session/api/admin_routes.hpp"
#include "session/api/handlers.hpp"
#include "session/credentials.hpp"
#include "session/failure_log.hpp"
#include "session/metrics.hpp"
#include "web/error_response.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::session {
namespace {

using proto::ErrorCode;
using proto::refuse;

struct Api {
    Scope scope;
    Patience patience;
    ApiHandler handler;
};
using Route = web::Route<Api>;

// Searched from the top: what is asked most stands first.
constexpr Route kRoutes[] = {
    {{web::Method::post, "/v1/sessions/introspect"}, {Scope::introspect, Patience::check, &introspect_sessions}},
    {{web::Method::post, "/v1/login"}, {Scope::login, Patience::login, &post_login}},
    {{web::Method::post, "/v1/sessions/revoke"}, {Scope::revoke, Patience::login, &revoke_sessions}},
    {{web::Method::get, "/v1/health"}, {Scope::any, Patience::check, &get_health}},
};

// The table above and the administration's, every row of which needs the scope `admin`.
constexpr auto kTable = [] {
    std::array<Route, std::size(kRoutes) + std::size(kAdminRoutes)> all{};
    std::size_t next = 0;
    for (const Route& route : kRoutes) all[next++] = route;
    for (const AdminRoute& route : kAdminRoutes) {
        all[next++] = {{route.method, route.path}, {Scope::admin, route.patience, route.handler}};
    }
    return all;
}();

constexpr auto kKeys = web::keys_of(kTable);

Deadline ours(const web::Request& request, Patience patience, const ServerConfig& server) {
    switch (patience) {
        case Patience::check:
            return request.deadline.within(server.check_timeout);
        case Patience::login:
            return request.deadline.within(server.login_timeout);
        case Patience::schema:
            break;
    }
    return Deadline::after(kSchemaPatience);  // the server's own is made for sign-ins
}

// X-Request-Timeout-Ms: what is left of the caller's own deadline. It can only shorten ours.
proto::Outcome<Deadline> deadline_of(const web::Request& request, Patience patience, const ServerConfig& server) {
    const Deadline by = ours(request, patience, server);
    const auto header = request.header("X-Request-Timeout-Ms");
    if (!header) return by;
    const auto left = parse_number<unsigned>(*header);
    if (!left) {
        return refuse(ErrorCode::invalid_request, "X-Request-Timeout-Ms", "X-Request-Timeout-Ms is not a number");
    }
    return by.within(std::chrono::milliseconds(*left));
}

web::Response not_routed(const web::Request& request, ErrorCode code, std::string allow) {
    const proto::ErrorInfo& row = proto::info(code);
    auto response = web::error_response(row.status, row.name, row.message, request.request_id);
    response.with("Allow", std::move(allow));
    return response;
}

web::Response failed(const web::Request& request, const proto::Failure& failure) {
    log_failure(request, failure);
    const proto::ErrorInfo& row = proto::info(failure.code);
    return web::error_response(row.status, row.name,
                               failure.message.empty() ? row.message : std::string_view(failure.message),
                               request.request_id, failure.retry_after);
}

web::Response unknown_caller(const web::Request& request, Metrics& metrics) {
    metrics.rejected_caller();
    const bool shown = request.header("Authorization").has_value();
    const auto failure = shown ? refuse(ErrorCode::not_authenticated, "an unknown credential",
                                        "The service credential is not known here")
                               : refuse(ErrorCode::not_authenticated, "no credential",
                                        "Authorization: Bearer with a service credential is needed");
    return failed(request, failure.error()).with("WWW-Authenticate", "Bearer realm=\"gatehouse\"");
}

web::Response disabled_caller(const web::Request& request, const crypto::CredentialEntry& caller, Metrics& metrics) {
    metrics.rejected_caller();
    return failed(request, refuse(ErrorCode::forbidden, "the credential of " + caller.name + " is disabled",
                                  "The credential is disabled")
                               .error());
}

}  // namespace

Task<web::Response> serve(web::Request& request, Services& services) {
    const crypto::CredentialEntry* caller = crypto::find_credential(services.callers, credential_of(request));
    if (!caller) co_return unknown_caller(request, services.metrics);
    if (caller->has_scope(kDisabled)) co_return disabled_caller(request, *caller, services.metrics);
    web::adopt_ids(request);  // believed because it has shown a credential

    const auto routing = web::find_route(kKeys, request.method, request.path, request.parameters);
    if (std::holds_alternative<web::NotFound>(routing)) co_return failed(request, refuse(ErrorCode::not_found).error());
    if (const auto* wrong = std::get_if<web::WrongMethod>(&routing)) {
        co_return not_routed(request, ErrorCode::method_not_allowed, wrong->allow);
    }
    if (const auto* options = std::get_if<web::Options>(&routing)) {
        web::Response response = json({}, 204);
        response.content_type = {};
        co_return response.with("Allow", options->allow);
    }
    const Api& api = kTable.at(std::get<std::size_t>(routing)).handler;
    if (api.scope != Scope::any && !caller->has_scope(to_string(api.scope))) {
        services.metrics.rejected_caller();
        const std::string detail =
            "the credential of " + caller->name + " lacks the scope " + std::string(to_string(api.scope));
        co_return failed(request, refuse(ErrorCode::forbidden, detail).error());
    }
    const auto by = deadline_of(request, api.patience, services.config.server);
    if (!by) co_return failed(request, by.error());
    request.deadline = *by;

    auto result = co_await api.handler(request, services);
    if (!result) co_return failed(request, result.error());
    co_return *std::move(result);
}

std::vector<InternalRoute> internal_routes() {
    std::vector<InternalRoute> rows;
    rows.reserve(std::size(kTable));
    for (const Route& route : kTable) rows.push_back({route, to_string(route.handler.scope)});
    return rows;
}

void observe(const web::Exchange& exchange, Metrics& metrics, const Config& config) {
    const web::Request& request = exchange.request;
    Served what = Served::other;
    if (request.path == "/v1/login") what = Served::login;
    if (request.path == "/v1/sessions/introspect") what = Served::introspect;
    if (request.path == "/v1/sessions/revoke") what = Served::revoke;
    metrics.request(what, exchange.status, exchange.duration);
    if (!config.server.access_log) return;
    log::info("request", {{"request_id", request.request_id},
                          {"trace_id", web::trace_id_of(request)},
                          {"method", request.method_text},
                          {"path", request.path},
                          {"status", std::int64_t{exchange.status}},
                          {"bytes", static_cast<std::int64_t>(exchange.response_bytes)},
                          {"duration_ms", exchange.duration}});
}

}  // namespace gatehouse::session
