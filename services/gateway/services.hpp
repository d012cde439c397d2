// What the handlers of one I/O loop work with. Made by app.cpp, one per loop; borrowed, on that loop's thread only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "async/one_shot.hpp"
#include "base/clock.hpp"
#include "gateway/config.hpp"
#include "gateway/guard/login_limit.hpp"
#include "gateway/guard/session_cookie.hpp"
#include "gateway/metrics.hpp"
#include "gateway/pages/pages.hpp"
#include "proto/health.hpp"
#include "session_client/session_client.hpp"

namespace gatehouse::gateway {

// The last answer of the session service's health, so that many askers cost one question a second, whether it answers
// or hangs.
struct CachedHealth {
    SteadyTime until{};
    std::optional<proto::Health> health;  // empty: the session service could not be asked
    bool asking = false;
    std::vector<std::shared_ptr<OneShot<bool>>> waiting;  // for the answer to the question under way
};

struct Services {
    const Config& config;
    const Clock& clock;
    const SessionCookie& cookie;
    LoginLimit* login_limit;  // null: off
    Metrics& metrics;
    session_client::SessionClient& sessions;
    const Pages* pages;  // null: off
    CachedHealth cached_health{};
};

}  // namespace gatehouse::gateway
