// The admin API's surface: account, session, lockout and schema administration. Every row needs the scope `admin`. Ids
// alone stand in paths; addresses, passwords and hashes travel in bodies (proto/accounts.hpp and its neighbours).
#pragma once

#include <string_view>

#include "session/api/admin_common.hpp"
#include "session/api/api.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// admin_users.cpp
Task<ApiResult> list_users(AccountAdmin& admin, const web::Request& request, Services& services);
Task<ApiResult> create_user(AccountAdmin& admin, const web::Request& request, Services& services);
Task<ApiResult> lookup_user(AccountAdmin& admin, const web::Request& request, Services& services);
Task<ApiResult> get_user(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
Task<ApiResult> update_user(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
Task<ApiResult> delete_user(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
// admin_user_state.cpp
Task<ApiResult> set_user_password(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
Task<ApiResult> disable_user(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
Task<ApiResult> enable_user(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
// admin_import.cpp
Task<ApiResult> import_users(AccountAdmin& admin, const web::Request& request, Services& services);
// admin_sessions.cpp
Task<ApiResult> list_user_sessions(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
Task<ApiResult> revoke_user_sessions(AccountAdmin& admin, UserId user, const web::Request& request, Services& services);
// admin_lockouts.cpp
Task<ApiResult> list_lockouts(AccountAdmin& admin, const web::Request& request, Services& services);
Task<ApiResult> clear_lockout(AccountAdmin& admin, const web::Request& request, Services& services);
// admin_schema.cpp
Task<ApiResult> get_schema(const web::Request& request, Services& services);
Task<ApiResult> apply_schema(const web::Request& request, Services& services);

// The handler with what it works on, once the schema is in place; and with the user whom the path names.
template <Task<ApiResult> (*handler)(AccountAdmin&, const web::Request&, Services&)>
Task<ApiResult> with_admin(const web::Request& request, Services& services) {
    auto admin = admin_of(services);
    if (!admin) co_return std::unexpected(std::move(admin).error());
    auto answer = co_await handler(*admin, request, services);
    co_return std::move(answer);
}
template <Task<ApiResult> (*handler)(AccountAdmin&, UserId, const web::Request&, Services&)>
Task<ApiResult> with_user(const web::Request& request, Services& services) {
    auto admin = admin_of(services);
    if (!admin) co_return std::unexpected(std::move(admin).error());
    const auto user = user_id_of(request.parameters.at(0));
    if (!user) co_return std::unexpected(user.error());
    auto answer = co_await handler(*admin, *user, request, services);
    co_return std::move(answer);
}

struct AdminRoute {
    web::Method method;
    std::string_view path;
    ApiHandler handler;
    Patience patience = Patience::login;
};
inline constexpr AdminRoute kAdminRoutes[] = {
    {web::Method::get, "/v1/users", &with_admin<list_users>},
    {web::Method::post, "/v1/users", &with_admin<create_user>},
    {web::Method::post, "/v1/users/lookup", &with_admin<lookup_user>},
    {web::Method::post, "/v1/users/import", &with_admin<import_users>},
    {web::Method::get, "/v1/users/{}", &with_user<get_user>},
    {web::Method::patch, "/v1/users/{}", &with_user<update_user>},
    {web::Method::delete_, "/v1/users/{}", &with_user<delete_user>},
    {web::Method::post, "/v1/users/{}/password", &with_user<set_user_password>},
    {web::Method::post, "/v1/users/{}/disable", &with_user<disable_user>},
    {web::Method::post, "/v1/users/{}/enable", &with_user<enable_user>},
    {web::Method::get, "/v1/users/{}/sessions", &with_user<list_user_sessions>},
    {web::Method::post, "/v1/users/{}/sessions/revoke", &with_user<revoke_user_sessions>},
    {web::Method::get, "/v1/lockouts", &with_admin<list_lockouts>},
    {web::Method::post, "/v1/lockouts/clear", &with_admin<clear_lockout>},
    {web::Method::get, "/v1/schema", &get_schema, Patience::schema},  // reads all of a table to be adopted
    {web::Method::post, "/v1/schema/apply", &apply_schema, Patience::schema},
};

}  // namespace gatehouse::session
