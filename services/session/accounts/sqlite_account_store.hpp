// The embedded database: accounts in one SQLite file, no server.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/schema_options.hpp"

namespace gatehouse::session {

struct SqliteOptions {
    std::string path;                     // created with mode 0600; its directory must exist
    std::size_t readers = 3;              // connections beside the one that writes
    const Clock& clock = system_clock();  // the database's clock; must outlive the store
    SchemaOptions schema{};
};

// Opens nothing yet: what is wrong with the file is said by the first call (migrate(): invalid_input, naming the path).
[[nodiscard]] std::unique_ptr<AccountStore> make_sqlite_account_store(SqliteOptions options);

}  // namespace gatehouse::session
