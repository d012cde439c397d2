// What has to be done now and then: forget old attempts, key accounts that were inserted by hand, and learn how the
// hashes are spread.
#pragma once

#include <chrono>

#include "async/blocking_pool.hpp"
#include "session/accounts/account_store.hpp"
#include "session/login/decoys.hpp"
#include "session/pauses.hpp"
#include "session/readiness.hpp"

namespace gatehouse::session {

// A round every few minutes until pauses.stop(). Several instances may do it at once. What fails is logged and done
// with the next round.
Task<> keep_up(AccountStore& accounts, BlockingPool& database, Decoys& decoys, const Readiness& readiness,
               Pauses& pauses, std::chrono::hours keep_attempts);

}  // namespace gatehouse::session
