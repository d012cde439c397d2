#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"

namespace gatehouse::session {

namespace {

std::vector<AccountDraft> drafts_of(proto::AccountImport import) {
    std::vector<AccountDraft> drafts;
    drafts.reserve(import.users.size());
    for (proto::ImportedAccount& user : import.users) {
        AccountDraft draft;
        draft.email = std::move(user.email);
        draft.full_name = std::move(user.full_name);
        draft.role = std::move(user.role);
        draft.password = std::move(user.password);
        draft.password_hash = std::move(user.password_hash);
        draft.active = user.status == "active";
        drafts.push_back(std::move(draft));
    }
    return drafts;
}

proto::ImportOutcome shown(const proto::Outcome<Account>& outcome) {
    if (outcome) return {static_cast<std::int64_t>(outcome->id), {}, {}};
    const proto::Failure& failure = outcome.error();
    const auto message = failure.message.empty() ? std::string(proto::info(failure.code).message) : failure.message;
    return {{}, failure.code, message};
}

}  // namespace

Task<ApiResult> import_users(AccountAdmin& admin, const web::Request& request, Services&) {
    auto import = proto::account_import_from_json(request.body);
    if (!import) co_return bad_request(std::move(import).error());
    auto drafts = drafts_of(std::move(*import));
    const auto outcomes = co_await admin.import(std::move(drafts), request.deadline);
    proto::ImportReport report;
    std::int64_t created = 0;
    for (const auto& outcome : outcomes) {
        report.results.push_back(shown(outcome));
        if (outcome) ++created;
    }
    log_change("users.imported", request, UserId{}, created);
    co_return json(to_json(report));
}

}  // namespace gatehouse::session
