// What the service has once per I/O loop. Made before the loops run; used, and taken down, on its loop's thread.
#pragma once

#include <utility>
#include <vector>

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
    // Who may ask from now on.
    void use_callers(std::vector<crypto::CredentialEntry> callers) noexcept { callers_ = std::move(callers); }
    [[nodiscard]] Pauses& pauses() noexcept { return pauses_; }

    // This loop's Redis client's, which may be read on any thread; null with the memory store.
    [[nodiscard]] const redis::Client::Counts* redis() const noexcept {
        return sessions_.client ? &sessions_.client->counts() : nullptr;
    }

private:
    std::vector<crypto::CredentialEntry> callers_;
    Pauses pauses_;
    LoopSessions sessions_;
    Touch touch_;
    LoginService login_;
    Services services_;
};

}  // namespace gatehouse::session
