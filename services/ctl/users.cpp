#include <algorithm>
#include <iterator>
#include <ostream>

#include <fmt/format.h>

#include "ctl/password_input.hpp"
#include "ctl/run.hpp"
#include "ctl/table.hpp"

namespace gatehouse::ctl {

namespace {

constexpr unsigned kPage = 500;

std::string details(const proto::Account& account) {
    return listing({{"id", std::to_string(account.user_id)},
                    {"e-mail", account.email},
                    {"name", account.full_name},
                    {"role", account.role},
                    {"status", account.status + (account.active ? "" : " (cannot sign in)")},
                    {"password hash", account.password},
                    {"created", time_text(account.created_at)},
                    {"last sign-in", time_text(account.last_login_at)}});
}

std::string sessions_text(unsigned count) {
    return count == 1 ? "1 session ended" : fmt::format("{} sessions ended", count);
}

// POST without a body to /v1/users/{id}/<what>, answered by the number of sessions that ended.
Answer<> end_sessions(Api& api, const std::string& user, std::string_view what, std::string_view done,
                      Context& context) {
    const auto account = find_user(api, user);
    if (!account) return std::unexpected(account.error());
    auto ended = understood(api.post(user_path(account->user_id, what)), &proto::sessions_ended_from_json);
    if (!ended) return std::unexpected(std::move(ended).error());
    context.print(to_json(*ended),
                  fmt::format("{} {}; {}.\n", done, name_of(*account), sessions_text(ended->sessions_ended)));
    return {};
}

Answer<proto::AccountList> fetch(Api& api, const UsersList& command) {
    proto::AccountList all;
    std::int64_t after = command.after;
    for (;;) {
        const auto path = fmt::format("/v1/users?after={}&limit={}", after, command.all ? kPage : command.limit);
        auto page = understood(api.get(path), &proto::account_list_from_json);
        if (!page) return page;
        std::ranges::move(page->users, std::back_inserter(all.users));
        all.next = page->next;
        if (!command.all || !page->next) return all;
        after = *page->next;
    }
}

}  // namespace

Answer<> run(const UsersCreate& command, Api& api, Context& context) {
    auto password = read_password(command.password, context.in);
    if (!password) return std::unexpected(std::move(password).error());
    const proto::NewAccount wanted{command.email, command.name, command.role, std::move(*password)};
    auto account = understood(api.post("/v1/users", to_json(wanted)), &proto::account_from_json);
    if (!account) return std::unexpected(std::move(account).error());
    context.print(to_json(*account), fmt::format("Created {}.\n", name_of(*account)));
    return {};
}

Answer<> run(const UsersList& command, Api& api, Context& context) {
    const auto list = fetch(api, command);
    if (!list) return std::unexpected(list.error());
    Table table({"ID", "E-MAIL", "NAME", "ROLE", "STATUS", "HASH", "LAST SIGN-IN"});
    for (const auto& user : list->users) {
        table.add({std::to_string(user.user_id), user.email, user.full_name, user.role, user.status, user.password,
                   time_text(user.last_login_at)});
    }
    context.print(to_json(*list), list->users.empty() ? "No accounts.\n" : table.text());
    if (list->next && !context.json()) {
        context.err << fmt::format("There are more: --after {}, or --all\n", *list->next);
    }
    return {};
}

Answer<> run(const UsersShow& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);
    if (!account) return std::unexpected(account.error());
    context.print(to_json(*account), details(*account));
    return {};
}

Answer<> run(const UsersUpdate& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);
    if (!account) return std::unexpected(account.error());
    const proto::AccountChange change{command.email, command.name, command.role};
    auto updated = understood(api.patch(user_path(account->user_id), to_json(change)), &proto::account_from_json);
    if (!updated) return std::unexpected(std::move(updated).error());
    context.print(to_json(*updated), details(*updated));
    return {};
}

Answer<> run(const UsersSetPassword& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);  // before the person types a password for nobody
    if (!account) return std::unexpected(account.error());
    auto password = read_password(command.password, context.in);
    if (!password) return std::unexpected(std::move(password).error());
    const proto::NewPassword wanted{std::move(*password)};
    auto ended = understood(api.post(user_path(account->user_id, "/password"), to_json(wanted)),
                            &proto::sessions_ended_from_json);
    if (!ended) return std::unexpected(std::move(ended).error());
    context.print(to_json(*ended), fmt::format("Set the password of {}; {}.\n", name_of(*account),
                                               sessions_text(ended->sessions_ended)));
    return {};
}

Answer<> run(const UsersDisable& command, Api& api, Context& context) {
    return end_sessions(api, command.user, "/disable", "Disabled", context);
}

Answer<> run(const UsersEnable& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);
    if (!account) return std::unexpected(account.error());
    auto enabled = understood(api.post(user_path(account->user_id, "/enable")), &proto::account_from_json);
    if (!enabled) return std::unexpected(std::move(enabled).error());
    context.print(to_json(*enabled), fmt::format("Enabled {}.\n", name_of(*enabled)));
    return {};
}

Answer<> run(const UsersDelete& command, Api& api, Context& context) {
    auto path = "/v1/users/" + command.user;
    auto who = "user " + command.user;
    // An id with --yes is not looked up: a deletion whose sessions could not be ended is repeated that way.
    if (!is_id(command.user) || !command.yes) {
        const auto account = find_user(api, command.user);
        if (!account) return std::unexpected(account.error());
        path = user_path(account->user_id);
        who = name_of(*account);
        if (!command.yes) {
            const auto agreed = confirm(fmt::format("Delete {} for good?", who));
            if (!agreed) return std::unexpected(agreed.error());
            if (!*agreed) return problem(ExitCode::refused, "nothing was deleted");
        }
    }
    auto ended = understood(api.remove(path), &proto::sessions_ended_from_json);
    if (!ended) {
        auto why = std::move(ended).error();
        if (why.exit_code == ExitCode::unavailable && why.fix.empty()) {
            why.fix = fmt::format("repeat: gatehousectl users delete {} --yes", path.substr(path.rfind('/') + 1));
        }
        return std::unexpected(std::move(why));
    }
    context.print(to_json(*ended), fmt::format("Deleted {}; {}.\n", who, sessions_text(ended->sessions_ended)));
    return {};
}

}  // namespace gatehouse::ctl
