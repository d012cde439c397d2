#include "proto/revoke.hpp"

#include <utility>
#include <variant>

#include "base/log.hpp"
#include "session/api/admin_common.hpp"
#include "session/api/handlers.hpp"
#include "session/metrics.hpp"

namespace gatehouse::session {
namespace {

using Revoked = proto::Outcome<std::int64_t>;

Task<Revoked> revoke(const proto::RevokeTokens& wanted, const web::Request& request, Services& services) {
    std::int64_t revoked = 0;
    for (const Secret& text : wanted.tokens) {
        const auto token = crypto::token_of_cookie(text.view());
        const auto tag = token ? crypto::token_tag(*token) : std::nullopt;
        if (!tag) continue;
        const SessionKey key{*tag, crypto::hash_token(*token)};
        const auto done = co_await services.sessions.revoke(key, request.deadline);
        if (!done) co_return sessions_failed(done.error());
        ++revoked;
        const std::string sid = crypto::hex(crypto::view(key.hash.bytes).substr(0, 8));
        log::info("session.revoked", {{"request_id", request.request_id}, {"reason", "logout"}, {"sid", sid}});
    }
    co_return revoked;
}

Task<Revoked> revoke(const proto::RevokeSession& wanted, const web::Request& request, Services& services) {
    auto admin = admin_of(services);
    if (!admin) co_return std::unexpected(std::move(admin).error());
    auto done = co_await admin->revoke(UserId(wanted.user_id), wanted.sid, request.deadline);
    if (!done) co_return std::unexpected(std::move(done).error());
    log_change("session.revoked", request, UserId{wanted.user_id});
    co_return 1;
}

Task<Revoked> revoke(const proto::RevokeAll& wanted, const web::Request& request, Services& services) {
    auto admin = admin_of(services);
    if (!admin) co_return std::unexpected(std::move(admin).error());
    auto done = co_await admin->revoke_all(UserId(wanted.user_id), request.deadline);
    if (!done) co_return std::unexpected(std::move(done).error());
    log_change("session.revoked", request, UserId{wanted.user_id}, *done);
    co_return std::int64_t{*done};
}

}  // namespace

Task<ApiResult> revoke_sessions(const web::Request& request, Services& services) {
    const auto asked = proto::revoke_request_from_json(request.body);
    if (!asked) co_return bad_request(asked.error());
    const bool others = !std::holds_alternative<proto::RevokeTokens>(*asked);
    if (others && !caller_may(request, services.config, Scope::admin)) {
        co_return proto::refuse(proto::ErrorCode::forbidden, "the credential lacks the scope admin");
    }
    auto run = [&](const auto& wanted) { return revoke(wanted, request, services); };
    auto revoked = co_await std::visit(run, *asked);
    if (!revoked) co_return std::unexpected(std::move(revoked).error());
    services.metrics.revoked(static_cast<double>(*revoked));
    co_return json(to_json(proto::RevokeAnswer{*revoked}));
}

}  // namespace gatehouse::session
