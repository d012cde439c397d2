#include "gateway/api/authz.hpp"

namespace gatehouse::gateway {

Task<ApiResult> authz_auth_request(const web::Request& request, Services& services) {
    auto rule = RoleRule::of_query(request.query);
    if (!rule) co_return unknown_rule();
    auto original = original_of_auth_request(request);
    if (!original) co_return std::unexpected(std::move(original).error());
    const AuthzQuestion question{*std::move(original), *std::move(rule), SignInHint::location};
    auto answer = co_await decide(request, services, question);
    co_return answer;
}

}  // namespace gatehouse::gateway
