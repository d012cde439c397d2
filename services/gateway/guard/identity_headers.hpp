// Who it is, as headers that a proxy hands to the application behind it.
#pragma once

#include <cstdint>

#include "proto/user.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

enum class IdentityHeaders : std::uint8_t { remote, x_auth_request, both };

// Adds Remote-User, -Groups, -Email, -Name and/or X-Auth-Request-User, -Groups, -Email, -Preferred-Username. All of a
// kind, empty if there is nothing to say: one that were missing would let the client's own through. The user is the
// user_id: it never changes hands, as an address may. Bytes that are not printable ASCII, and '%' itself, are
// percent-encoded UTF-8; in a group ',' is too.
void add_identity(web::Response& response, const proto::UserView& user, IdentityHeaders which);

}  // namespace gatehouse::gateway
