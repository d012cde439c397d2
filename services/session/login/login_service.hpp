// Signs somebody in: the sequence of the sign-in, and nothing else. Each step is somebody else's.
//
//     0 is the session store up?    1 a place in the hashing queue    2 count the attempt
//     3 verify the password         4 create the session              5 settle the attempt, rehash
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "crypto/key_ring.hpp"
#include "proto/error_code.hpp"
#include "proto/login.hpp"
#include "session/accounts/account_store.hpp"
#include "session/login/decoys.hpp"
#include "session/login/hashing.hpp"
#include "session/metrics.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// For log lines: whose request it is.
struct Caller {
    std::string request_id;
    std::string trace_id;  // 32 hex digits; may be empty
};

// One per loop, used on its thread only. Borrows all that it is made of.
class LoginService {
public:
    struct Parts {
        AccountStore& accounts;
        BlockingPool& database;
        Hashing& hashing;
        const Decoys& decoys;
        SessionStore& sessions;
        const crypto::Subkey& logid;  // label `logid`: names an address in the log without showing it
        Metrics& metrics;
    };
    struct Rules {
        ThrottleRule throttle;
        std::size_t password_least;  // code points
        bool rehash;                 // replace old hashes
        std::chrono::seconds idle;
        std::chrono::seconds absolute;
    };

    LoginService(Parts parts, Rules rules) : parts_(parts), rules_(rules) {}

    // Refusals: missing_email, missing_password, invalid_email, invalid_password (nothing is counted);
    // sessions_unavailable, hashing_busy, database_unavailable (not counted, or taken back); rate_limit_exceeded
    // (nothing is stored); invalid_credentials, the same for an unknown address, a disabled account and a wrong
    // password. Once an attempt is counted its verdict is written even if `by` passes meanwhile: `by` bounds what is
    // waited for on the way to it.
    Task<proto::Outcome<proto::LoginAnswer>> login(proto::LoginRequest request, Caller caller, Deadline by);

private:
    struct Try;  // one sign-in on its way
    struct Opened {
        Session session;
        Secret token;
    };

    Task<Result<void>> session_store_up(const Try& who, Deadline by);
    Task<proto::Outcome<proto::LoginAnswer>> sign_in(Try& who, Deadline by);
    Task<proto::Outcome<Attempt>> count(Try& who, Deadline by);
    Task<proto::Outcome<bool>> verify(Try& who, const std::optional<Account>& account, Deadline by);
    Task<proto::Outcome<Opened>> open(Try& who, Account account, Deadline by);
    Task<proto::Outcome<Account>> account_after_revocation(Try& who, Account verified, Epoch stored, Deadline by);
    Task<bool> settle(AttemptId attempt, Verdict verdict);  // false: it could not be written
    Task<> withdraw(AttemptId attempt);
    Task<> rehash(Try& who, Account account, Deadline by);

    Parts parts_;
    Rules rules_;
    SteadyTime up_until_{};  // the session store has just said that it is up
};

}  // namespace gatehouse::session
