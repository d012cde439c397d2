#include "proto/login.hpp"
#include "session/api/handlers.hpp"
#include "session/login/login_service.hpp"
#include "session/readiness.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::session {

// The server awaits a handler to its end: a client that goes away meanwhile does not stop the sequence.
Task<ApiResult> post_login(const web::Request& request, Services& services) {
    auto asked = proto::login_request_from_json(request.body);
    if (!asked) co_return bad_request(std::move(asked).error());
    if (!services.readiness.accounts()) {
        co_return proto::refuse(proto::ErrorCode::database_unavailable, "the schema is not in place yet");
    }
    Caller caller{request.request_id, std::string(web::trace_id_of(request))};
    auto answer = co_await services.login.login(*std::move(asked), std::move(caller), request.deadline);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    co_return json(to_json(*answer));
}

}  // namespace gatehouse::session
