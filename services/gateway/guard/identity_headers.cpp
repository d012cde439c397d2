#include "gateway/guard/identity_headers.hpp"

#include <array>
#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>

namespace gatehouse::gateway {
namespace {

constexpr bool is_header_safe(char c) noexcept { return c >= 0x20 && c < 0x7f && c != '%'; }  // char is signed here
constexpr boost::urls::grammar::lut_chars kHeaderSafe([](char c) { return is_header_safe(c); });
constexpr boost::urls::grammar::lut_chars kItemSafe([](char c) { return is_header_safe(c) && c != ','; });

// User, groups, e-mail, name.
using Names = std::array<std::string_view, 4>;
constexpr Names kRemote{"Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name"};
constexpr Names kAuthRequest{"X-Auth-Request-User", "X-Auth-Request-Groups", "X-Auth-Request-Email",
                             "X-Auth-Request-Preferred-Username"};

}  // namespace

void add_identity(web::Response& response, const proto::UserView& user, IdentityHeaders which) {
    const std::array<std::string, 4> values{std::to_string(user.user_id), boost::urls::encode(user.role, kItemSafe),
                                            boost::urls::encode(user.email, kHeaderSafe),
                                            boost::urls::encode(user.full_name, kHeaderSafe)};
    response.headers.reserve(2 * values.size());
    const auto add = [&](const Names& names) {
        for (std::size_t i = 0; i < names.size(); ++i) response.with(names[i], values[i]);
    };
    if (which != IdentityHeaders::x_auth_request) add(kRemote);
    if (which != IdentityHeaders::remote) add(kAuthRequest);
}

}  // namespace gatehouse::gateway
