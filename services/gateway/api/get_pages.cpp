#include "gateway/api/api.hpp"
#include "gateway/pages/pages.hpp"

namespace gatehouse::gateway {

Task<ApiResult> get_login_page(const web::Request& request, Services& services) {
    const bool none = services.cookie.read(request).tokens.empty();
    co_return services.pages->login(request, none ? Session::none : Session::maybe);
}

Task<ApiResult> get_account_page(const web::Request&, Services& services) { co_return services.pages->account(); }

Task<ApiResult> get_page_asset(const web::Request& request, Services& services) {
    co_return services.pages->asset(request);
}

}  // namespace gatehouse::gateway
