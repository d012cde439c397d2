#include <limits>

#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"

namespace gatehouse::session {

Task<ApiResult> list_users(AccountAdmin& admin, const web::Request& request, Services&) {
    const auto after = query_number(request.query, "after", 0, 0, std::numeric_limits<std::int64_t>::max());
    if (!after) co_return std::unexpected(after.error());
    const auto limit = query_number(request.query, "limit", proto::kAccountPageDefault, 1, proto::kAccountPageMost);
    if (!limit) co_return std::unexpected(limit.error());
    // One more than asked for tells whether there is another page.
    auto accounts = co_await admin.list(UserId(*after), static_cast<unsigned>(*limit) + 1, request.deadline);
    if (!accounts) co_return std::unexpected(std::move(accounts).error());
    proto::AccountList page;
    for (const Account& account : *accounts) {
        if (page.users.size() == static_cast<std::size_t>(*limit)) {
            page.next = page.users.back().user_id;
            break;
        }
        page.users.push_back(shown(account));
    }
    co_return json(to_json(page));
}

Task<ApiResult> create_user(AccountAdmin& admin, const web::Request& request, Services&) {
    auto wanted = proto::new_account_from_json(request.body);
    if (!wanted) co_return bad_request(std::move(wanted).error());
    AccountDraft draft;
    draft.email = std::move(wanted->email);
    draft.full_name = std::move(wanted->full_name);
    draft.role = std::move(wanted->role);
    draft.password = std::move(wanted->password);
    auto account = co_await admin.create(std::move(draft), request.deadline);
    if (!account) co_return std::unexpected(std::move(account).error());
    log_change("user.created", request, account->id, std::nullopt);
    co_return json(to_json(shown(*account)), 201);
}

Task<ApiResult> lookup_user(AccountAdmin& admin, const web::Request& request, Services&) {
    auto wanted = proto::account_lookup_from_json(request.body);
    if (!wanted) co_return bad_request(std::move(wanted).error());
    auto account = co_await admin.find(std::move(wanted->email), request.deadline);
    if (!account) co_return std::unexpected(std::move(account).error());
    co_return json(to_json(shown(*account)));
}

Task<ApiResult> get_user(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto account = co_await admin.load(user, request.deadline);
    if (!account) co_return std::unexpected(std::move(account).error());
    co_return json(to_json(shown(*account)));
}

Task<ApiResult> update_user(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto change = proto::account_change_from_json(request.body);
    if (!change) co_return bad_request(std::move(change).error());
    AccountEdit edit{std::move(change->email), std::move(change->full_name), std::move(change->role)};
    auto account = co_await admin.update(user, std::move(edit), request.deadline);
    if (!account) co_return std::unexpected(std::move(account).error());
    log_change("user.updated", request, user, std::nullopt);
    co_return json(to_json(shown(*account)));
}

Task<ApiResult> delete_user(AccountAdmin& admin, UserId user, const web::Request& request, Services&) {
    auto sessions = co_await admin.remove(user, request.deadline);
    if (!sessions) co_return std::unexpected(std::move(sessions).error());
    log_change("user.deleted", request, user, *sessions);
    co_return ended(user, *sessions);
}

}  // namespace gatehouse::session
