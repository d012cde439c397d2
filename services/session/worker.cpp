#include "session/worker.hpp"

namespace gatehouse::session {
namespace {

LoginService::Rules rules_of(const Config& config) {
    return {config.throttle, config.passwords.least_code_points, config.passwords.rehash, config.sessions.idle,
            config.sessions.limits.absolute};
}

Touch::Limits touch_limits(const Config& config) {
    Touch::Limits limits;
    limits.idle = config.sessions.idle;
    return limits;
}

}  // namespace

Worker::Worker(const Shared& shared, Loop& loop)
    : callers_(shared.config.credentials),
      pauses_(loop),
      sessions_(shared.stores.make(loop)),
      touch_({loop, *sessions_.store, shared.accounts, shared.database, shared.readiness, shared.clock, shared.metrics},
             touch_limits(shared.config)),
      login_({shared.accounts, shared.database, shared.hashing, shared.decoys, *sessions_.store, shared.logid,
              shared.metrics},
             rules_of(shared.config)),
      services_{shared.config,   callers_,       shared.readiness, shared.metrics, shared.accounts,
                shared.database, shared.hashing, *sessions_.store, login_,         touch_} {}

}  // namespace gatehouse::session
