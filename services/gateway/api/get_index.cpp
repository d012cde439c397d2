#include "base/version.hpp"
#include "gateway/api/api.hpp"

namespace gatehouse::gateway {

Task<ApiResult> get_index(const web::Request&, Services& services) {
    proto::JsonWriter out;
    out.begin_object();
    out.text("name", "Gatehouse");
    out.text("version", kVersion);
    out.begin_object("endpoints");
    out.text("health", "GET /health");
    out.text("login", "POST /auth/login");
    out.text("logout", "POST /auth/logout");
    out.text("check", "GET /auth/check");
    out.text("auth_request", "GET /api/authz/auth-request");
    out.text("forward_auth", "GET /api/authz/forward-auth");
    out.text("ext_authz", "GET /api/authz/ext-authz/");
    if (services.pages) {
        out.text("login_page", "GET /login");
        out.text("account_page", "GET /account");
    }
    out.end_object();
    out.end_object();
    co_return json(std::move(out).take());
}

}  // namespace gatehouse::gateway
