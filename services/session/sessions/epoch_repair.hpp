// Brings the session store up to what the database says: an epoch that was committed there but never reached the
// session store (a crash or an outage between the two writes), or that a restarted Redis has lost, is applied again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "async/blocking_pool.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "session/accounts/account_store.hpp"
#include "session/pauses.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// How far back a round has to look. Not thread-safe.
class RepairWindow {
public:
    // `everything`: after a new run id, that long.
    explicit RepairWindow(std::chrono::seconds everything) : everything_(everything) {}

    // At least 10 s; as long as no round has ended well since; `everything` for a run id not repaired yet.
    [[nodiscard]] std::chrono::seconds at(SteadyTime now, std::string_view run_id) const;
    // The round that began at `began`, for `run_id`, applied all that it found.
    void done(SteadyTime began, std::string run_id);

private:
    std::chrono::seconds everything_;
    std::string repaired_;
    std::optional<SteadyTime> last_;
};

// One per process, on the loop of its pauses and used on its thread; what it is made with must outlive run(). Blocks
// nothing: the database is asked on `database`.
class EpochRepair {
public:
    // `absolute`: the longest life of a session. After a new run id, max(24 h, absolute) are repaired.
    EpochRepair(Pauses& pauses, BlockingPool& database, AccountStore& accounts, SessionStore& sessions,
                std::chrono::seconds absolute);

    // A round every 2 s until the pauses are stopped. A failure is logged when it begins and tried again with the next
    // round.
    Task<> run();

    // One round: how many epochs were applied. Errors of the database, the pool or the session store; `unavailable`
    // while the session store has no run id.
    Task<Result<unsigned>> round(Deadline by);

private:
    Pauses& pauses_;
    BlockingPool& database_;
    AccountStore& accounts_;
    SessionStore& sessions_;
    RepairWindow window_;
    bool failing_ = false;
};

}  // namespace gatehouse::session
