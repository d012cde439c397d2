// The one question of /auth/check and of forward auth.
#pragma once

#include <string_view>
#include <variant>

#include "async/task.hpp"
#include "gateway/services.hpp"
#include "proto/error_code.hpp"
#include "proto/introspect.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

struct Somebody {
    proto::Active session;
    std::string_view token;  // borrowed from the request
};
struct Nobody {};
// A failure: it cannot be told now. 503, never a sign-out.
using Who = std::variant<Somebody, Nobody, proto::Failure>;

// Whose session is the request's cookie? The answer is counted.
Task<Who> who_is_this(const web::Request& request, Services& services);

// 401, or what old clients expect instead of it: nobody is told why.
[[nodiscard]] web::Response not_authenticated(const web::Request& request, int status = 401);

}  // namespace gatehouse::gateway
