#include "web/admin.hpp"

#include "web/error_response.hpp"

namespace gatehouse::web {
namespace {

Response plain(int status, std::string text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

Response respond(const Request& request, const AdminProbes& probes) {
    if (request.method != Method::get && request.method != Method::head) {
        auto refused = error_response(405, "METHOD_NOT_ALLOWED", "This method is not allowed here", request.request_id);
        return std::move(refused.with("Allow", "GET, HEAD"));
    }
    if (request.path == "/livez") return plain(200, "ok\n");
    if (request.path == "/readyz") return probes.ready() ? plain(200, "ok\n") : plain(503, "not ready\n");
    if (request.path == "/metrics") {
        auto response = plain(200, probes.metrics());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
    }
    return error_response(404, "NOT_FOUND", "There is nothing at this path", request.request_id);
}

Task<Response> answer(const Request& request, const AdminProbes& probes) { co_return respond(request, probes); }

}  // namespace

Handler admin_handler(AdminProbes probes) {
    return [probes = std::move(probes)](Request& request) { return answer(request, probes); };
}

}  // namespace gatehouse::web
