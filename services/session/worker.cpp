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
    : pauses_(loop),
      sessions_(shared.stores.make(loop)),
      touch_({loop, *sessions_.store, shared.accounts, shared.database, shared.readiness, shared.clock, shared.metrics},
             touch_limits(shared.config)),
      login_({shared.accounts, shared.database, shared.hashing, shared.decoys, *sessions_.store, shared.logid,
              shared.metrics},
             rules_of(shared.config)),
      services_{shared.config,  shared.readiness, shared.metrics, shared.accounts, shared.database,
                shared.hashing, *sessions_.store, login_,         touch_} {}

Task<> Worker::publish() {
    while (sessions_.client && !pauses_.stopped()) {
        const redis::Client::Counts counts = sessions_.client->counts();
        redis_.connected = sessions_.client->connected();
        redis_.connects = counts.connects;
        redis_.restarts = counts.restarts;
        redis_.timeouts = counts.timeouts;
        co_await pauses_.pause(std::chrono::seconds(1));
    }
}

}  // namespace gatehouse::session
