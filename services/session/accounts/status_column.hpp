// Who may sign in, by a column that another program made: how it is read as text and what is written to it.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "session/accounts/found_table.hpp"

namespace gatehouse::session {

struct StatusColumns {
    std::string read;      // an SQL expression
    std::string activate;  // assignments
    std::string disable;
    std::vector<std::string> found;
};

// From `status` and `is_active`; of two both must allow a sign-in. Disabling writes the first of disabled, inactive,
// suspended, 0 that the column's type admits. invalid_input: there is neither, or one admits no such value; the detail
// has the fix.
[[nodiscard]] Result<StatusColumns> map_status_columns(const FoundTable& users);

}  // namespace gatehouse::session
