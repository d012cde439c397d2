#include "proto/sessions.hpp"

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "ctl/table.hpp"

namespace gatehouse::ctl {

Answer<> run(const SessionsList& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);
    if (!account) return std::unexpected(account.error());
    const auto list = understood(api.get(user_path(account->user_id, "/sessions")), &proto::session_list_from_json);
    if (!list) return std::unexpected(list.error());
    Table table({"SESSION", "CLIENT", "SIGNED IN", "LAST SEEN", "ENDS IN"});
    for (const auto& session : list->sessions) {
        table.add({session.sid, session.client.empty() ? "-" : session.client, time_text(session.created_at),
                   time_text(session.touched_at), span_text(session.expires_in)});
    }
    context.print(to_json(*list),
                  list->sessions.empty() ? fmt::format("No session of {}.\n", name_of(*account)) : table.text());
    return {};
}

Answer<> run(const SessionsRevoke& command, Api& api, Context& context) {
    const auto account = find_user(api, command.user);
    if (!account) return std::unexpected(account.error());
    proto::RevokeSessions wanted;
    if (!command.all) wanted.sid = command.sid;
    const auto ended = understood(api.post(user_path(account->user_id, "/sessions/revoke"), to_json(wanted)),
                                  &proto::sessions_ended_from_json);
    if (!ended) return std::unexpected(ended.error());
    context.print(to_json(*ended), fmt::format("Ended {} session{} of {}.\n", ended->sessions_ended,
                                               ended->sessions_ended == 1 ? "" : "s", name_of(*account)));
    return {};
}

}  // namespace gatehouse::ctl
