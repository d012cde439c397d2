// Brings a fresh process to the point where it may be sent requests: waits for its dependencies, as long as it takes.
#pragma once

#include <functional>

#include "async/blocking_pool.hpp"
#include "session/accounts/account_store.hpp"
#include "session/config.hpp"
#include "session/login/decoys.hpp"
#include "session/pauses.hpp"
#include "session/readiness.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// Waits for the database; brings its schema up to date, or waits until somebody has, as `config` says; keys accounts
// that have no key; learns how hashes are spread. Then readiness.accounts_ready(). Tries again with backoff for ever,
// but for a database that is not ours: then `refuse` is called with the reason, once.
Task<> prepare_accounts(AccountStore& accounts, BlockingPool& database, Decoys& decoys, Readiness& readiness,
                        Pauses& pauses, const DatabaseConfig& config, std::function<void(Error)> refuse);

// Resolves when the session store of this loop has answered once, or at pauses.stop(): true if it has.
Task<bool> wait_for_sessions(SessionStore& sessions, Pauses& pauses);

}  // namespace gatehouse::session
