#include "gateway/api/api.hpp"

#include "base/log.hpp"
#include "base/once_per.hpp"
#include "base/text.hpp"
#include "web/error_response.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::gateway {
namespace {

// An outage meets every request: one line a second says so, with how many were met.
void log_failure(const proto::Failure& failure, const proto::ErrorInfo& info, const web::Request& request) {
    static OncePer outage;
    const bool ours = failure.code == proto::ErrorCode::internal_error;
    const auto held_back = ours ? 0 : outage.pass();
    if (!held_back) return;
    const Error error{ours ? Errc::internal : Errc::unavailable, failure.detail, failure.where};
    log::failure("request.failed", error,
                 {{"request_id", request.request_id},
                  {"trace_id", web::trace_id_of(request)},
                  {"path", request.path},
                  {"outcome", info.name},
                  {"held_back", *held_back}});
}

}  // namespace

web::Response json(std::string body, int status) {
    web::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

web::Response answer_failure(const proto::Failure& failure, const web::Request& request) {
    const auto& info = proto::info(failure.code);
    if (info.status >= 500) log_failure(failure, info, request);
    return web::error_response(info.status, info.name, failure.message.empty() ? info.message : failure.message,
                               request.request_id, failure.retry_after);
}

session_client::Caller caller_of(const web::Request& request) { return {request.request_id, request.traceparent}; }

std::vector<Secret> tokens_to_end(const PresentedCookies& cookies, const PresentedCookies& former) {
    std::vector<Secret> tokens;
    for (const auto* presented : {&cookies, &former}) {
        for (const auto token : presented->tokens) {
            if (tokens.size() < proto::kPreviousTokens) tokens.emplace_back(token);
        }
    }
    return tokens;
}

bool is_json(const web::Request& request) {
    auto type = request.header("Content-Type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    return equals_ignoring_case(type, "application/json");
}

}  // namespace gatehouse::gateway
