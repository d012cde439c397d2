#include "proto/sessions.hpp"
#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"
#include "session/metrics.hpp"

namespace gatehouse::session {

namespace {

proto::SessionSummary shown(const Session& session) {
    return {std::string(session.sid.view()),
            unix_seconds(session.created_at),
            unix_seconds(session.touched_at),
            unix_seconds(session.absolute_end),
            std::chrono::ceil<std::chrono::seconds>(session.expires_in).count(),
            session.client};
}

}  // namespace

Task<ApiResult> list_user_sessions(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto sessions = co_await admin.sessions(user, request.deadline);
    if (!sessions) co_return std::unexpected(std::move(sessions).error());
    proto::SessionList list;
    for (const Session& session : *sessions) list.sessions.push_back(shown(session));
    co_return json(to_json(list));
}

Task<ApiResult> revoke_user_sessions(AccountAdmin& admin, UserId user, const web::Request& request,
                                     Services& services) {
    auto wanted = proto::revoke_sessions_from_json(request.body);
    if (!wanted) co_return bad_request(std::move(wanted).error());
    unsigned count = 1;
    if (wanted->sid) {
        auto revoked = co_await admin.revoke(user, std::move(*wanted->sid), request.deadline);
        if (!revoked) co_return std::unexpected(std::move(revoked).error());
    } else {
        auto revoked = co_await admin.revoke_all(user, request.deadline);
        if (!revoked) co_return std::unexpected(std::move(revoked).error());
        count = *revoked;
    }
    services.metrics.revoked(count);
    log_change("session.revoked", request, user, count);
    co_return ended(user, count);
}

}  // namespace gatehouse::session
