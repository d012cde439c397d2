// What the admin API's handlers share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/accounts.hpp"
#include "proto/error_code.hpp"
#include "session/accounts/account_admin.hpp"
#include "session/api/api.hpp"

namespace gatehouse::session {

// The domain functions over this loop's parts. DATABASE_UNAVAILABLE as long as the schema is not in place.
[[nodiscard]] proto::Outcome<AccountAdmin> admin_of(Services& services);
// The same before the schema is in place: for the handlers that put it there.
[[nodiscard]] AccountAdmin schema_admin_of(Services& services);

// The account without its hash.
[[nodiscard]] proto::Account shown(const Account& account);

// {"user_id":…,"sessions_ended":…}
[[nodiscard]] web::Response ended(UserId user, unsigned sessions);

// Logs a change as an event of its own: what, whose account, by which credential. `user`: 0: none in particular.
// `count`: of what deploy/LOG.md says of the event; nullopt: of nothing.
void log_change(std::string_view event, const web::Request& request, UserId user, std::optional<std::int64_t> count);

// The whole number of that name in the query, or `fallback`. INVALID_REQUEST: not within least … most.
[[nodiscard]] proto::Outcome<std::int64_t> query_number(std::string_view query, std::string_view name,
                                                        std::int64_t fallback, std::int64_t least, std::int64_t most);

}  // namespace gatehouse::session
