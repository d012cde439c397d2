// Keeps sessions that are used alive, off the request path: extends the idle time at most once per tenth of it, and
// brings what the session remembers of its user up to date with the database.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "async/blocking_pool.hpp"
#include "async/io_threads.hpp"
#include "base/clock.hpp"
#include "session/accounts/account_store.hpp"
#include "session/metrics.hpp"
#include "session/readiness.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// One per loop, used on its thread only; its tasks run in the loop's TaskGroup and must have ended before it goes.
class Touch {
public:
    struct Parts {
        Loop& loop;
        SessionStore& sessions;
        AccountStore& accounts;
        BlockingPool& database;
        const Readiness& readiness;
        const Clock& clock;
        Metrics& metrics;
    };
    struct Limits {
        std::chrono::seconds idle;  // the idle time: a tenth of it lies between two touches
        std::size_t queue = 1024;   // sessions that wait; past it one is dropped, and asked for again later
        std::size_t at_once = 4;    // touches under way
        std::size_t remembered = 65536;
    };

    Touch(Parts parts, Limits limits) : parts_(parts), limits_(limits) {}

    // `session` was just looked up, at `now`, for somebody who uses it. Never waits.
    void used(const SessionKey& key, const Session& session, SystemTime now);

private:
    struct Item {
        SessionKey key;
        UserId user{};
        Epoch epoch{};
    };

    [[nodiscard]] bool due(const SessionKey& key, const Session& session, SystemTime now);
    Task<> work();
    Task<> touch(Item item);
    Task<Result<bool>> refresh(const Item& item);
    Task<Result<bool>> end(const Item& item, const Account* account);

    const Parts parts_;
    const Limits limits_;
    std::deque<Item> queue_;
    std::size_t working_ = 0;
    // When this loop last tried, by the first 8 bytes of the token's hash: the store's own time of the last touch is by
    // another clock, and a store that fails must not be asked again for every check.
    std::unordered_map<std::uint64_t, SteadyTime> tried_;
};

}  // namespace gatehouse::session
