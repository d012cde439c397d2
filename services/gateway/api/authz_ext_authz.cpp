// Envoy asks with the original request's own method, path and query behind a fixed prefix: the query is the client's,
// so that the rule stands in the prefix, /api/authz/ext-authz;role=librarian,admin.
#include "gateway/api/authz.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::string_view kRoleParameter = ";role=";

// Cuts the rule off what follows the endpoint.
std::optional<RoleRule> take_rule(std::string_view& rest) {
    if (!rest.starts_with(kRoleParameter)) return RoleRule{};
    rest.remove_prefix(kRoleParameter.size());
    const auto list = rest.substr(0, rest.find('/'));
    rest.remove_prefix(list.size());
    return RoleRule::of_list(list);
}

}  // namespace

Task<ApiResult> authz_ext_authz(const web::Request& request, Services& services) {
    auto target = request.target.substr(kExtAuthzPath.size());
    auto rule = take_rule(target);
    if (!rule) co_return unknown_rule();
    if (target.starts_with("//")) target.remove_prefix(1);  // a prefix that ends in a slash, too
    auto original = original_of_ext_authz(request, target);
    if (!original) co_return std::unexpected(std::move(original).error());
    const AuthzQuestion question{*std::move(original), *std::move(rule), SignInHint::redirect};
    auto answer = co_await decide(request, services, question);
    co_return answer;
}

}  // namespace gatehouse::gateway
