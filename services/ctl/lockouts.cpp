#include "proto/lockouts.hpp"

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "ctl/table.hpp"

namespace gatehouse::ctl {

Answer<> run(const LockoutsList&, Api& api, Context& context) {
    const auto list = understood(api.get("/v1/lockouts"), &proto::lockout_list_from_json);
    if (!list) return std::unexpected(list.error());
    Table table({"E-MAIL", "ID", "FAILURES", "AGAIN IN"});
    for (const auto& lockout : list->lockouts) {
        // Of an address that nobody has, only a hash is kept.
        table.add({lockout.email.value_or("(unknown address, hash " + lockout.key + ")"),
                   lockout.user_id ? std::to_string(*lockout.user_id) : "-", std::to_string(lockout.failures),
                   span_text(lockout.retry_after)});
    }
    context.print(to_json(*list), list->lockouts.empty() ? "No lockouts.\n" : table.text());
    return {};
}

Answer<> run(const LockoutsClear& command, Api& api, Context& context) {
    const auto cleared = understood(api.post("/v1/lockouts/clear", to_json(proto::ClearLockout{command.email})),
                                    &proto::lockout_cleared_from_json);
    if (!cleared) return std::unexpected(cleared.error());
    context.print(to_json(*cleared),
                  cleared->attempts == 0
                      ? fmt::format("{} had no failed sign-ins.\n", harmless(command.email))
                      : fmt::format("Forgot {} failed sign-ins of {}.\n", cleared->attempts, harmless(command.email)));
    return {};
}

}  // namespace gatehouse::ctl
