// Envoy asks with the original request's own method, path and query behind a fixed prefix: the query is the client's,
// so that the rule stands in the prefix, /api/authz/ext-authz;role=librarian,admin.
#include "gateway/api/authz.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::string_view kRoleParameter = ";role=";

// Cuts the rule off what follows the endpoint. Empty: it is not understood, or stands where it would be taken for a
// part of the original request.
std::optional<RoleRule> take_rule(std::string_view& rest) {
    if (rest.starts_with('?') || rest.starts_with("/;role=")) return std::nullopt;
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
    if (target.starts_with("//")) target.remove_prefix(1);  // a prefix that ends in a slash, too
    return decide(request, services, std::move(rule), original_of_ext_authz(request, target), SignInHint::redirect);
}

}  // namespace gatehouse::gateway
