#include "gateway/api/authz.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "gateway/api/who_is_this.hpp"
#include "gateway/guard/identity_headers.hpp"

namespace gatehouse::gateway {
namespace {

// nginx reads the head of an answer into 4 KiB; ours is some 900 bytes without this.
constexpr std::size_t kMostLocation = 2800;

// A body would cost nginx several times the work.
web::Response allowed(const proto::UserView& user, const Services& services) {
    web::Response response;
    response.content_type = {};
    add_identity(response, user, services.config.forward_auth.headers);
    return response;
}

web::Response refused(const web::Request& request, const Services& services, const OriginalRequest& original,
                      SignInHint hint) {
    std::string where;
    if (is_navigation(request, original.method)) where = sign_in_url(services.config, original.url);
    if (where.empty()) return not_authenticated(request);
    if (hint == SignInHint::location) {
        auto response = not_authenticated(request);
        response.with("Location", std::move(where));
        return response;
    }
    web::Response response;
    response.status = 302;
    response.content_type = {};
    response.with("Location", std::move(where));
    return response;
}

}  // namespace

Task<ApiResult> decide(const web::Request& request, Services& services, std::optional<RoleRule> rule, Original original,
                       SignInHint hint) {
    if (!rule) {
        co_return proto::refuse(proto::ErrorCode::invalid_request, "forward auth rule",
                                "The address may end in ?role= and a list of roles, and in nothing else");
    }
    if (!original) co_return std::unexpected(std::move(original).error());
    auto who = co_await who_is_this(request, services);
    if (const auto* somebody = std::get_if<Somebody>(&who)) {
        const auto& user = somebody->session.user;
        if (!rule->admits(user.role)) co_return proto::refuse(proto::ErrorCode::forbidden);
        co_return allowed(user, services);
    }
    if (auto* failure = std::get_if<proto::Failure>(&who)) co_return std::unexpected(std::move(*failure));
    co_return refused(request, services, *original, hint);
}

std::string sign_in_url(const Config& config, std::string_view original_url) {
    const auto& page = config.forward_auth.login_url;
    if (page.empty() || original_url.starts_with(page)) return {};  // else it would lead to itself for ever
    const auto back = allowed_return_to(original_url, config.return_targets);
    if (!back) return page;
    auto url = page + (page.contains('?') ? "&return_to=" : "?return_to=");
    url += boost::urls::encode(*back, boost::urls::unreserved_chars);
    return url.size() <= kMostLocation ? url : page;
}

}  // namespace gatehouse::gateway
