// The one question of /auth/check and of forward auth.
#pragma once

#include <string_view>
#include <variant>

#include "async/task.hpp"
#include "gateway/services.hpp"
#include "proto/error_code.hpp"
#include "session_client/session_client.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

struct Somebody {
    session_client::Active session;
    std::string_view token;  // borrowed from the request
};
struct Nobody {};
// A failure: it cannot be told now. 503, never a sign-out.
using Who = std::variant<Somebody, Nobody, proto::Failure>;

// Whose session is the request's cookie? The answer is counted. Of several cookies of a name that others can set too,
// the one whose session lives: what a host below COOKIE_DOMAIN planted, or a browser kept, must lock nobody out once a
// sign-in has ended it. Of two that live there is no telling which the user meant: nobody.
Task<Who> who_is_this(const web::Request& request, Services& services);

// 401, or what old clients expect instead of it: nobody is told why.
[[nodiscard]] web::Response not_authenticated(const web::Request& request, int status = 401);

}  // namespace gatehouse::gateway
