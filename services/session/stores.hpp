// Chooses the stores that the configuration names. The only place that knows more than one of a kind.
#pragma once

#include <memory>

#include "async/io_threads.hpp"
#include "base/clock.hpp"
#include "redis/client.hpp"
#include "session/accounts/account_store.hpp"
#include "session/config.hpp"
#include "session/sessions/memory_session_store.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// Takes config.mysql, which holds the password. Connects to nothing yet. invalid_input: the directory of the SQLite
// file cannot be made.
[[nodiscard]] Result<std::unique_ptr<AccountStore>> make_account_store(DatabaseConfig& config);

// One loop's session store and what it stands on.
struct LoopSessions {
    std::unique_ptr<redis::Client> client;  // null with the memory store
    std::unique_ptr<SessionStore> store;
};

// Makes the session stores of all loops; `config` and `clock` must outlive them.
class SessionStores {
public:
    SessionStores(const SessionsConfig& config, const Clock& clock);

    // Before the loop runs, or on its thread.
    [[nodiscard]] LoopSessions make(Loop& loop);

private:
    const SessionsConfig& config_;
    std::shared_ptr<MemorySessions> memory_;
};

}  // namespace gatehouse::session
