// "?role=librarian,admin" on a forward-auth address: who of those signed in may pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::gateway {

class RoleRule {
public:
    RoleRule() = default;  // everybody

    // Of an endpoint's query, "role=librarian,admin" or nothing, percent-encoded. Empty: there is anything else in it,
    // or the rule would admit nobody. What is not understood must not be taken for "no rule".
    [[nodiscard]] static std::optional<RoleRule> of_query(std::string_view query);
    // Of the list alone, percent-encoded.
    [[nodiscard]] static std::optional<RoleRule> of_list(std::string_view list);

    [[nodiscard]] bool admits(std::string_view role) const noexcept;

private:
    std::vector<std::string> roles_;  // none: everybody
};

}  // namespace gatehouse::gateway
