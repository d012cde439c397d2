// What the service has once per I/O loop. Made before the loops run; used, and taken down, on its loop's thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "session/login/login_service.hpp"
#include "session/pauses.hpp"
#include "session/services.hpp"
#include "session/sessions/touch.hpp"
#include "session/stores.hpp"

namespace gatehouse::session {

class Worker {
public:
    // What all workers share.
    struct Shared {
        const Config& config;
        const Clock& clock;
        Readiness& readiness;
        Metrics& metrics;
        const crypto::Subkey& logid;
        const Decoys& decoys;
        AccountStore& accounts;
        BlockingPool& database;
        Hashing& hashing;
        SessionStores& stores;
    };

    Worker(const Shared& shared, Loop& loop);

    [[nodiscard]] Services& services() noexcept { return services_; }
    [[nodiscard]] Pauses& pauses() noexcept { return pauses_; }

    // Copies the Redis client's figures to where any thread may read them, every second until the service stops.
    Task<> publish();

    struct Figures {
        std::atomic<bool> connected{false};
        std::atomic<std::uint64_t> connects{0};
        std::atomic<std::uint64_t> restarts{0};
        std::atomic<std::uint64_t> timeouts{0};
    };
    [[nodiscard]] const Figures& redis() const noexcept { return redis_; }

private:
    Pauses pauses_;
    LoopSessions sessions_;
    Touch touch_;
    LoginService login_;
    Services services_;
    Figures redis_;
};

}  // namespace gatehouse::session
