// The schema of the embedded database and how a file gets it. MySQL's is beside it, in mysql_schema.hpp.
#pragma once

#include <functional>
#include <vector>

#include "session/accounts/account.hpp"
#include "session/accounts/schema_options.hpp"
#include "sqlite/pool.hpp"

namespace gatehouse::session {

// Every step and whether the file has it. Opens nothing that is not there.
[[nodiscard]] Result<std::vector<MigrationStep>> plan_sqlite(sqlite::Pool& pool, const SchemaOptions& options);

// Applies what is missing, each step in a transaction of its own. invalid_input: the file holds tables of others, comes
// from a newer version, or is no database; nothing was changed.
[[nodiscard]] Result<void> migrate_sqlite(sqlite::Pool& pool, const SchemaOptions& options);

}  // namespace gatehouse::session
