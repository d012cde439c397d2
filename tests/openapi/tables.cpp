// Writes what the services are made of, as JSON, for check_tables.py: their routes, and the error codes of both.
#include <iostream>

#include "gateway/routes.hpp"
#include "proto/error_code.hpp"
#include "proto/json.hpp"
#include "session/routes.hpp"

using namespace gatehouse;

namespace {

void write_route(proto::JsonWriter& out, const web::RouteKey& route, std::string_view scope) {
    out.begin_object();
    out.text("method", to_string(route.method));
    out.text("path", route.path);
    out.text("scope", scope);
    out.end_object();
}

void write_codes(proto::JsonWriter& out) {
    for (std::size_t i = 0; i <= static_cast<std::size_t>(proto::ErrorCode::service_unavailable); ++i) {
        const proto::ErrorInfo& row = proto::info(static_cast<proto::ErrorCode>(i));
        out.begin_object();
        out.text("name", row.name);
        out.number("status", row.status);
        out.text("message", row.message);
        out.end_object();
    }
}

}  // namespace

int main() {
    proto::JsonWriter out(8192);
    out.begin_object();
    out.begin_array("gateway");
    for (const web::RouteKey& route : gateway::public_routes()) write_route(out, route, "");
    out.end_array();
    out.begin_array("session");
    for (const auto& [key, scope] : session::internal_routes()) write_route(out, key, scope);
    out.end_array();
    out.begin_array("error_codes");
    write_codes(out);
    out.end_array();
    out.end_object();
    std::cout << std::move(out).take() << '\n';
}
