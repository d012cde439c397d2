#include "proto/revoke.hpp"

#include <utility>

#include "base/log.hpp"
#include "session/api/handlers.hpp"
#include "session/metrics.hpp"

namespace gatehouse::session {

Task<ApiResult> revoke_sessions(const web::Request& request, Services& services) {
    const auto asked = proto::revoke_request_from_json(request.body);
    if (!asked) co_return bad_request(asked.error());
    proto::RevokeAnswer answer;
    for (const Secret& text : asked->tokens) {
        const auto key = session_key_of(text.view());
        if (!key) continue;
        const auto done = co_await services.sessions.revoke(*key, request.deadline);
        if (!done) co_return sessions_failed(done.error());
        ++answer.revoked;
        services.metrics.revoked(1);
        log::info("session.revoked",
                  {{"request_id", request.request_id}, {"reason", "logout"}, {"sid", Sid(key->hash).view()}});
    }
    co_return json(to_json(answer));
}

}  // namespace gatehouse::session
