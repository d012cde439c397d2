#include "gateway/api/authz.hpp"

namespace gatehouse::gateway {

Task<ApiResult> authz_auth_request(const web::Request& request, Services& services) {
    return decide(request, services, RoleRule::of_query(request.query), original_of_auth_request(request),
                  SignInHint::location);
}

}  // namespace gatehouse::gateway
