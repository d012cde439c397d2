#include "session/upkeep.hpp"

#include <utility>

#include "base/log.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 1min;           // bounds how long imported hashes of a new kind stand out by their time
constexpr auto kBetweenBatches = 50ms;  // sign-ins come first
constexpr auto kBatchLimit = 30s;
constexpr unsigned kBatch = 1000;
constexpr std::chrono::hours kRememberDeleted = 24h * 400;  // no session lives that long (SESSION_ABSOLUTE_MAX_AGE)

Task<Result<unsigned>> forget_batch(AccountStore& accounts, BlockingPool& database, std::chrono::hours keep) {
    auto forget = [store = &accounts, keep] { return store->forget_attempts(keep, kBatch); };
    auto forgotten = co_await database.run(std::move(forget), Deadline::after(kBatchLimit));
    co_return forgotten;
}

Task<Result<void>> round(AccountStore& accounts, BlockingPool& database, Decoys& decoys, Pauses& pauses,
                         std::chrono::hours keep) {
    unsigned forgotten = kBatch;
    while (forgotten == kBatch && !pauses.stopped()) {
        auto batch = co_await forget_batch(accounts, database, keep);
        if (!batch) co_return std::unexpected(batch.error());
        forgotten = *batch;
        if (forgotten == kBatch) co_await pauses.pause(kBetweenBatches);
    }
    auto look = [store = &accounts]() -> Result<HashMix> {
        if (auto forgot = store->forget_deleted(kRememberDeleted, kBatch); !forgot) {
            return std::unexpected(forgot.error());
        }
        if (auto keyed = store->key_accounts(kBatch); !keyed) return std::unexpected(keyed.error());
        return store->hash_mix();
    };
    const auto mix = co_await database.run(std::move(look), Deadline::after(kBatchLimit));
    if (!mix) co_return std::unexpected(mix.error());
    decoys.set_mix(*mix);
    co_return Result<void>{};
}

}  // namespace

Task<> keep_up(AccountStore& accounts, BlockingPool& database, Decoys& decoys, const Readiness& readiness,
               Pauses& pauses, std::chrono::hours keep_attempts) {
    while (!pauses.stopped()) {
        co_await pauses.pause(kEvery);
        if (pauses.stopped() || !readiness.accounts()) continue;
        const auto done = co_await round(accounts, database, decoys, pauses, keep_attempts);
        if (!done) log::failure("upkeep.failed", done.error());
    }
}

}  // namespace gatehouse::session
