#include "crypto/digest.hpp"
#include "proto/lockouts.hpp"
#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"

namespace gatehouse::session {

namespace {

constexpr std::size_t kShownKeyDigits = 16;

proto::LockoutSummary shown(const Lockout& lockout) {
    proto::LockoutSummary out;
    out.key = crypto::hex(crypto::view(lockout.key)).substr(0, kShownKeyDigits);
    if (lockout.user) out.user_id = static_cast<std::int64_t>(*lockout.user);
    out.email = lockout.email;
    out.failures = lockout.failures;
    out.retry_after = lockout.retry_after.count();
    return out;
}

}  // namespace

Task<ApiResult> list_lockouts(AccountAdmin& admin, const web::Request& request, Services&) {
    auto lockouts = co_await admin.lockouts(proto::kLockoutsMost, request.deadline);
    if (!lockouts) co_return std::unexpected(std::move(lockouts).error());
    proto::LockoutList list;
    for (const Lockout& lockout : *lockouts) list.lockouts.push_back(shown(lockout));
    co_return json(to_json(list));
}

Task<ApiResult> clear_lockout(AccountAdmin& admin, const web::Request& request, Services&) {
    auto wanted = proto::clear_lockout_from_json(request.body);
    if (!wanted) co_return bad_request(std::move(wanted).error());
    const auto attempts = co_await admin.clear_lockout(std::move(wanted->email), request.deadline);
    if (!attempts) co_return std::unexpected(attempts.error());
    log_change("lockout.cleared", request, UserId{}, *attempts);
    co_return json(to_json(proto::LockoutCleared{*attempts}));
}

}  // namespace gatehouse::session
