// Makes a users table that another program created, and may go on using, Gatehouse's too: which of its columns are
// which, what has to be added, and why it cannot be done. Pure functions: nothing here talks to a server.
//
// What is added is INVISIBLE: `SELECT *` and an INSERT without a list of columns see the table as it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "session/accounts/found_table.hpp"
#include "session/accounts/user_table.hpp"

namespace gatehouse::session {

struct Adoption {
    UserTable table;
    std::vector<std::string> found;   // a line for each thing that was recognised, for people
    std::vector<std::string> alters;  // what the table still lacks, in the order in which it is to be run
};

// invalid_input: something has no counterpart; the detail lists the table's columns and all that is wrong, each with
// its fix.
[[nodiscard]] Result<Adoption> adopt(const FoundTable& users);

// Another program made the table: Gatehouse's columns are missing or invisible.
[[nodiscard]] bool is_foreign(const FoundTable& users) noexcept;

// login_attempts, or gh_login_attempts where another program has, or may make, a login_attempts of its own. Each table
// may be missing.
[[nodiscard]] std::string attempts_table(const std::optional<FoundTable>& users,
                                         const std::optional<FoundTable>& login_attempts,
                                         const std::optional<FoundTable>& gh_login_attempts);

// By which login_attempts of ours is told from another program's.
[[nodiscard]] const std::vector<std::string>& attempts_columns();

}  // namespace gatehouse::session
