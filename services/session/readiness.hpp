// How far the service has come: what /readyz and the handlers ask. Thread-safe.
#pragma once

#include <atomic>

namespace gatehouse::session {

class Readiness {
public:
    // The schema is in place: accounts may be used. Stays so when the database goes away later.
    void accounts_ready() noexcept { accounts_ = true; }
    // The session store has answered once on every loop.
    void sessions_ready() noexcept { sessions_ = true; }
    void drain() noexcept { draining_ = true; }

    [[nodiscard]] bool accounts() const noexcept { return accounts_; }
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    // Was once fully connected and migrated, and is not draining. A dependency that all instances share and that is
    // away now changes nothing: taking every instance out of service would not bring it back.
    [[nodiscard]] bool ready() const noexcept { return accounts_ && sessions_ && !draining_; }

private:
    std::atomic<bool> accounts_{false};
    std::atomic<bool> sessions_{false};
    std::atomic<bool> draining_{false};
};

}  // namespace gatehouse::session
