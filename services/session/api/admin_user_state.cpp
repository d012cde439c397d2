#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"

namespace gatehouse::session {

Task<ApiResult> set_user_password(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto wanted = proto::new_password_from_json(request.body);
    if (!wanted) co_return bad_request(std::move(wanted).error());
    auto sessions = co_await admin.set_password(user, std::move(wanted->password), request.deadline);
    if (!sessions) co_return std::unexpected(std::move(sessions).error());
    log_change("password.changed", request, user, *sessions);
    co_return ended(user, *sessions);
}

Task<ApiResult> disable_user(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto sessions = co_await admin.disable(user, request.deadline);
    if (!sessions) co_return std::unexpected(std::move(sessions).error());
    log_change("user.disabled", request, user, *sessions);
    co_return ended(user, *sessions);
}

Task<ApiResult> enable_user(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto account = co_await admin.enable(user, request.deadline);
    if (!account) co_return std::unexpected(std::move(account).error());
    log_change("user.enabled", request, user, std::nullopt);
    co_return json(to_json(shown(*account)));
}

}  // namespace gatehouse::session
