#include "session/login/hashing.hpp"

#include <algorithm>
#include <utility>

#include "crypto/hash_memory.hpp"

namespace gatehouse::session {
namespace {

// Checks take microseconds and sign-ins milliseconds of all cores: a third of the weight for these (man 7 sched).
constexpr int kNice = 5;
constexpr std::chrono::seconds kRest{2};  // a service that nobody signs in to keeps no memory for it

}  // namespace

Hashing::Hashing(const Options& options)
    : options_(options),
      pool_({.threads = std::max<std::size_t>(1, options.slots),
             .queue = options.queue,
             .wait = options.wait,
             .heavy_threads = std::max<std::size_t>(1, options.slots / 2),
             .nice = kNice,
             .rest = kRest,
             .on_rest = &crypto::release_hash_memory}) {}

Task<Result<bool>> Hashing::verify(const Ticket& ticket, std::string stored, Password password, Deadline by) {
    const bool bcrypt = crypto::inspect_hash(stored).kind == crypto::HashKind::bcrypt;
    const auto weight = bcrypt ? BlockingPool::Weight::heavy : BlockingPool::Weight::light;
    auto job = [stored = std::move(stored), password = std::move(password), most = options_.bcrypt_max_cost] {
        return crypto::verify_password(stored, password->view(), most);
    };
    auto verified = co_await pool_.run(ticket, std::move(job), by, weight);
    co_return std::move(verified);
}

Task<Result<std::string>> Hashing::hash(const Ticket& ticket, Password password, Deadline by) {
    auto job = [password = std::move(password), cost = options_.cost] {
        return crypto::hash_password(password->view(), cost);
    };
    auto hashed = co_await pool_.run(ticket, std::move(job), by);
    co_return std::move(hashed);
}

}  // namespace gatehouse::session
