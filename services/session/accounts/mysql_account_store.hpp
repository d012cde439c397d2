// Accounts in a MySQL or MariaDB database.
#pragma once

#include <memory>

#include "mysql/pool.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/schema_options.hpp"

namespace gatehouse::session {

struct MysqlOptions {
    mysql::PoolOptions pool;
    SchemaOptions schema{};
};

// Connects to nothing yet: a server that is away, or refuses the user, is the error of the first call (unavailable, its
// detail says which).
[[nodiscard]] std::unique_ptr<AccountStore> make_mysql_account_store(MysqlOptions options);

}  // namespace gatehouse::session
