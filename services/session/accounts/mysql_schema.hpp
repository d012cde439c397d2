// The schema on MySQL and MariaDB and how a database gets it. SQLite's is beside it, in sqlite_schema.hpp.
#pragma once

#include <vector>

#include "mysql/pool.hpp"
#include "session/accounts/account.hpp"
#include "session/accounts/schema_options.hpp"

namespace gatehouse::session {

// Every step and whether the database has it. Changes nothing.
[[nodiscard]] Result<std::vector<MigrationStep>> plan_mysql(mysql::Pool& pool, const SchemaOptions& options);

// Applies what is missing, one instance at a time (GET_LOCK). DDL commits by itself, so every statement can be run
// again: a kill between any two of them leaves a database that the next start completes. invalid_input: the database
// holds tables of others under our names or comes from a newer version; nothing was changed.
[[nodiscard]] Result<void> migrate_mysql(mysql::Pool& pool, const SchemaOptions& options);

}  // namespace gatehouse::session
