#include "gateway/guard/role_rule.hpp"

#include <algorithm>

#include <boost/url/pct_string_view.hpp>

#include "base/text.hpp"

namespace gatehouse::gateway {

std::optional<RoleRule> RoleRule::of_query(std::string_view query) {
    constexpr std::string_view name = "role=";
    if (query.empty()) return RoleRule{};
    if (!query.starts_with(name) || query.contains('&')) return std::nullopt;
    return of_list(query.substr(name.size()));
}

std::optional<RoleRule> RoleRule::of_list(std::string_view list) {
    const auto encoded = boost::urls::make_pct_string_view(list);
    if (!encoded) return std::nullopt;
    const std::string decoded = encoded->decode();
    RoleRule rule;
    std::string_view rest = decoded;
    while (!rest.empty()) {
        if (const auto role = take_item(rest); !role.empty()) rule.roles_.emplace_back(role);
    }
    return rule.roles_.empty() ? std::nullopt : std::optional(std::move(rule));
}

bool RoleRule::admits(std::string_view role) const noexcept {
    return roles_.empty() || std::ranges::find(roles_, role) != roles_.end();
}

}  // namespace gatehouse::gateway
