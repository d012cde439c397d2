// The admin API's surface: account, session, lockout and schema administration. Every row needs the scope `admin`. Ids
// alone stand in paths; addresses, passwords and hashes travel in bodies (proto/accounts.hpp and its neighbours).
#pragma once

#include <string_view>

#include "session/api/api.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// admin_users.cpp
Task<ApiResult> list_users(const web::Request& request, Services& services);
Task<ApiResult> create_user(const web::Request& request, Services& services);
Task<ApiResult> lookup_user(const web::Request& request, Services& services);
Task<ApiResult> get_user(const web::Request& request, Services& services);
Task<ApiResult> update_user(const web::Request& request, Services& services);
Task<ApiResult> delete_user(const web::Request& request, Services& services);
// admin_user_state.cpp
Task<ApiResult> set_user_password(const web::Request& request, Services& services);
Task<ApiResult> disable_user(const web::Request& request, Services& services);
Task<ApiResult> enable_user(const web::Request& request, Services& services);
// admin_import.cpp
Task<ApiResult> import_users(const web::Request& request, Services& services);
// admin_sessions.cpp
Task<ApiResult> list_user_sessions(const web::Request& request, Services& services);
Task<ApiResult> revoke_user_sessions(const web::Request& request, Services& services);
// admin_lockouts.cpp
Task<ApiResult> list_lockouts(const web::Request& request, Services& services);
Task<ApiResult> clear_lockout(const web::Request& request, Services& services);
// admin_schema.cpp
Task<ApiResult> get_schema(const web::Request& request, Services& services);
Task<ApiResult> apply_schema(const web::Request& request, Services& services);

struct AdminRoute {
    web::Method method;
    std::string_view path;
    ApiHandler handler;
    Patience patience = Patience::login;
};
inline constexpr AdminRoute kAdminRoutes[] = {
    {web::Method::get, "/v1/users", &list_users},
    {web::Method::post, "/v1/users", &create_user},
    {web::Method::post, "/v1/users/lookup", &lookup_user},
    {web::Method::post, "/v1/users/import", &import_users},
    {web::Method::get, "/v1/users/{}", &get_user},
    {web::Method::patch, "/v1/users/{}", &update_user},
    {web::Method::delete_, "/v1/users/{}", &delete_user},
    {web::Method::post, "/v1/users/{}/password", &set_user_password},
    {web::Method::post, "/v1/users/{}/disable", &disable_user},
    {web::Method::post, "/v1/users/{}/enable", &enable_user},
    {web::Method::get, "/v1/users/{}/sessions", &list_user_sessions},
    {web::Method::post, "/v1/users/{}/sessions/revoke", &revoke_user_sessions},
    {web::Method::get, "/v1/lockouts", &list_lockouts},
    {web::Method::post, "/v1/lockouts/clear", &clear_lockout},
    {web::Method::get, "/v1/schema", &get_schema},
    {web::Method::post, "/v1/schema/apply", &apply_schema, Patience::schema},
};

}  // namespace gatehouse::session
