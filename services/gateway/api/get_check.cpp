#include "gateway/api/api.hpp"
#include "gateway/api/who_is_this.hpp"

namespace gatehouse::gateway {
namespace {

web::Response authenticated(const Somebody& who, const Services& services) {
    proto::JsonWriter out(512);  // an ordinary answer fits, whatever would have to be escaped
    out.begin_object();
    out.flag("success", true);
    out.flag("authenticated", true);
    write_user(out, who.session.user);
    out.text("csrf_token", services.cookie.csrf_token(who.token).view());
    out.end_object();
    return json(std::move(out).take());
}

}  // namespace

Task<ApiResult> get_check(const web::Request& request, Services& services) {
    auto who = co_await who_is_this(request, services);
    if (const auto* somebody = std::get_if<Somebody>(&who)) co_return authenticated(*somebody, services);
    if (auto* failure = std::get_if<proto::Failure>(&who)) co_return std::unexpected(std::move(*failure));
    // Old clients may be configured to expect 200 here.
    co_return not_authenticated(request, services.config.anonymous_status);
}

}  // namespace gatehouse::gateway
