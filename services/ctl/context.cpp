#include "ctl/context.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "ctl/table.hpp"

namespace gatehouse::ctl {

void Context::print(const std::string& for_programs, const std::string& for_people) const {
    if (json()) {
        out << for_programs << '\n';
    } else {
        out << for_people;
    }
    out.flush();
}

Answer<std::unique_ptr<Api>> connect(const Common& common) {
    auto environment = environment_for(common);
    if (!environment) return std::unexpected(std::move(environment).error());
    auto target = find_target(common, *environment);
    if (!target) return std::unexpected(std::move(target).error());
    return std::make_unique<Api>(std::move(*target), common.timeout, common.wait);
}

bool is_id(std::string_view user) noexcept {
    return !user.empty() && user.size() <= 18 && std::ranges::all_of(user, [](char c) { return c >= '0' && c <= '9'; });
}

Answer<proto::Account> find_user(Api& api, const std::string& user) {
    if (user.find('@') != user.npos) {
        auto body = api.post("/v1/users/lookup", to_json(proto::AccountLookup{user}));
        return understood(std::move(body), &proto::account_from_json);
    }
    if (!is_id(user)) return problem(ExitCode::usage, harmless(user) + " is neither an id nor an e-mail address");
    return understood(api.get("/v1/users/" + user), &proto::account_from_json);
}

std::string user_path(std::int64_t id, std::string_view rest) { return fmt::format("/v1/users/{}{}", id, rest); }

std::string name_of(const proto::Account& account) {
    return fmt::format("user {} ({})", account.user_id, harmless(account.email));
}

}  // namespace gatehouse::ctl
