// The handlers of sign-in, introspection, revocation and health; administration has its own (admin_routes.hpp).
#pragma once

#include "session/api/api.hpp"

namespace gatehouse::session {

Task<ApiResult> post_login(const web::Request& request, Services& services);           // proto/login.hpp
Task<ApiResult> introspect_sessions(const web::Request& request, Services& services);  // proto/introspect.hpp
Task<ApiResult> revoke_sessions(const web::Request& request, Services& services);      // proto/revoke.hpp
Task<ApiResult> get_health(const web::Request& request, Services& services);           // proto/health.hpp

}  // namespace gatehouse::session
