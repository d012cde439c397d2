// Looks at the rows of a users table that is about to be adopted.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "mysql/connection.hpp"
#include "session/accounts/user_table.hpp"

namespace gatehouse::session {

// What the rows hold, a line each. invalid_input: accounts whose addresses have one canonical form; the detail names
// their ids, never an address, and the fix. Reads the whole table, a page at a time. Throws mysql::Failure.
[[nodiscard]] Result<std::vector<std::string>> check_users(mysql::Connection& db, const UserTable& table);

}  // namespace gatehouse::session
