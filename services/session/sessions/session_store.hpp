// The seam of the sessions domain: Redis or memory. One contract test runs against both.
//
// One object per I/O loop, used on its thread only. The store's clock decides what has ended (Redis TIME; the process's
// for memory). Failing closed: whatever cannot be told is Unavailable, which callers answer as 503, never as a logout.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "session/accounts/account.hpp"
#include "session/sessions/session_key.hpp"

namespace gatehouse::session {

// What a session remembers of its user: refreshed by touch, so that a change in the database shows soon.
struct UserFacts {
    UserId id{};
    std::string email;
    std::string full_name;
    std::string role;
    Epoch epoch{};
    friend bool operator==(const UserFacts&, const UserFacts&) = default;
};

struct Session {
    Sid sid;
    UserFacts user;
    SystemTime created_at{};
    SystemTime touched_at{};
    SystemTime absolute_end{};
    std::chrono::milliseconds expires_in{};  // idle or absolute, whichever is first, as of the last touch
    std::string client;                      // a short class of user agent, at most 32 bytes
};

struct Absent {};  // unknown, revoked or ended
struct Unavailable {
    Error why;
};  // the store cannot tell
using Lookup = std::variant<Session, Absent, Unavailable>;

struct NewSession {
    SessionKey key;
    UserFacts user;
    std::string client;
    std::chrono::seconds idle;      // ends when not touched for so long
    std::chrono::seconds absolute;  // ends after so long in any case
};

struct Created {
    Session session;
};
struct StaleEpoch {
    Epoch stored;
};  // a revoke-all came in between: nothing was created
using Creation = std::variant<Created, StaleEpoch, Unavailable>;

class SessionStore {
public:
    virtual ~SessionStore() = default;

    // Looks all `keys`, which the caller keeps meanwhile, up in one round trip; one answer per key, in their order. A
    // session whose epoch is older than the stored one is Absent.
    virtual Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline by) = 0;

    // Creates the session, ends the `replaced` ones (fixation) and adds it to its user's index, all or nothing. Refused
    // if a newer epoch is stored. A user's 51st session ends the oldest.
    virtual Task<Creation> create(NewSession session, std::vector<SessionKey> replaced, Deadline by) = 0;

    // Extends the idle time and replaces the user's facts, if given; the epoch stays the one that the session began
    // with. Never creates: false if the session has ended or was revoked. `facts` with a newer epoch than the session's
    // mean that a revoke-all is committed but has not arrived here yet: the session ends, false.
    virtual Task<Result<bool>> touch(SessionKey key, std::optional<UserFacts> facts, Deadline by) = 0;

    // Ends one session; fine if there was none. After Ok no find() sees it, through any instance.
    virtual Task<Result<void>> revoke(SessionKey key, Deadline by) = 0;
    // The same by its public name; false if the user has no such session.
    virtual Task<Result<bool>> revoke(UserId user, std::string sid, Deadline by) = 0;

    // Ends every session of the user that has an older epoch, those included that a concurrent sign-in is just
    // creating. Idempotent; an epoch older than the stored one changes nothing. How many ended.
    virtual Task<Result<unsigned>> revoke_all(UserId user, Epoch epoch, Deadline by) = 0;

    // The user's live sessions, the newest first.
    virtual Task<Result<std::vector<Session>>> list(UserId user, Deadline by) = 0;

    // Ok: the store answers and takes writes.
    virtual Task<Result<void>> ping(Deadline by) = 0;

    // Changes whenever the store may have lost what was stored (a new Redis process): epochs must be applied again.
    // Empty: not known now.
    [[nodiscard]] virtual std::string run_id() const = 0;
};

}  // namespace gatehouse::session
