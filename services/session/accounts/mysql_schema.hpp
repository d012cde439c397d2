// The schema on MySQL and MariaDB and how a database gets it. SQLite's is beside it, in sqlite_schema.hpp.
#pragma once

#include <vector>

#include "mysql/pool.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/schema_options.hpp"
#include "session/accounts/user_table.hpp"

namespace gatehouse::session {

struct MysqlPlan {
    UserTable table;  // what the columns are called
    std::vector<MigrationStep> steps;
};

// Every step and whether the database has it. Changes nothing. invalid_input: see migrate_mysql.
[[nodiscard]] Result<MysqlPlan> plan_mysql(mysql::Pool& pool, const SchemaOptions& options, ReadRows rows);

// Applies what is missing, one instance at a time (GET_LOCK), and answers what the columns are called. DDL commits by
// itself, so each statement is run only if the database lacks what it makes: a kill between any two of them leaves a
// database that the next start completes. invalid_input: the database holds a users table that cannot be adopted
// (adoption.hpp, users_check.hpp), tables of others under our names, or comes from a newer version; nothing was
// changed.
[[nodiscard]] Result<UserTable> migrate_mysql(mysql::Pool& pool, const SchemaOptions& options);

}  // namespace gatehouse::session
