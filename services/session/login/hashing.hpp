// The hashing pool: password hashing off the I/O threads, as much at once as there are cores and no more.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/password.hpp"

namespace gatehouse::session {

// Thread-safe; must end before the loops whose coroutines wait for it.
class Hashing {
public:
    struct Options {
        std::size_t slots = 1;                 // hashes at once: HASHING_SLOTS, the machine's cores
        std::size_t queue = 64;                // that wait: HASHING_QUEUE
        std::chrono::milliseconds wait{1000};  // the longest wait: HASHING_WAIT
        crypto::HashCost cost;                 // of new hashes
        int bcrypt_max_cost = 12;
    };
    // Shared, because a deadline may pass while a thread still hashes: the last one wipes it.
    using Password = std::shared_ptr<const Secret>;
    using Ticket = BlockingPool::Ticket;

    explicit Hashing(const Options& options);

    // A place among slots + queue, to be held from before the attempt is counted until the last hash is done. Empty:
    // all are taken (HASHING_BUSY).
    [[nodiscard]] std::optional<Ticket> admit() { return pool_.admit(); }

    // crypto::verify_password. bcrypt, the slow kind, gets at most half of the slots. Errors: overloaded (waited too
    // long, not begun), timeout (`by` passed), cancelled (shutting down), unavailable (no memory).
    Task<Result<bool>> verify(const Ticket& ticket, std::string stored, Password password, Deadline by);

    // A new argon2id hash at the configured cost. The same errors.
    Task<Result<std::string>> hash(const Ticket& ticket, Password password, Deadline by);

    // The verified `stored` should be replaced by hash() of the same password.
    [[nodiscard]] bool needs_rehash(std::string_view stored, const Secret& password) const noexcept {
        return crypto::needs_rehash(stored, password.view(), options_.cost);
    }

    [[nodiscard]] std::size_t running() const noexcept { return pool_.running(); }
    [[nodiscard]] std::size_t queued() const noexcept { return pool_.queued(); }

private:
    const Options options_;
    BlockingPool pool_;
};

}  // namespace gatehouse::session
