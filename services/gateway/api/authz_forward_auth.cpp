#include "gateway/api/authz.hpp"

namespace gatehouse::gateway {

Task<ApiResult> authz_forward_auth(const web::Request& request, Services& services) {
    return decide(request, services, RoleRule::of_query(request.query), original_of_forward_auth(request),
                  SignInHint::redirect);
}

}  // namespace gatehouse::gateway
