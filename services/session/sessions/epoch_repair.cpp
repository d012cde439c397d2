#include "session/sessions/epoch_repair.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kRecent = 10s;
constexpr auto kEvery = 2s;
constexpr auto kRoundLimit = 30s;  // thousands of epochs after a new run id

}  // namespace

std::chrono::seconds RepairWindow::at(SteadyTime now, std::string_view run_id) const {
    if (run_id != repaired_ || !last_) return everything_;
    const auto since = std::chrono::ceil<std::chrono::seconds>(now - *last_) + kRecent;
    return std::clamp<std::chrono::seconds>(since, kRecent, everything_);
}

void RepairWindow::done(SteadyTime began, std::string run_id) {
    last_ = began;
    repaired_ = std::move(run_id);
}

EpochRepair::EpochRepair(Pauses& pauses, BlockingPool& database, AccountStore& accounts, SessionStore& sessions,
                         std::chrono::seconds absolute)
    : pauses_(pauses),
      database_(database),
      accounts_(accounts),
      sessions_(sessions),
      window_(std::max<std::chrono::seconds>(24h, absolute)) {}

Task<> EpochRepair::run() {
    while (!pauses_.stopped()) {
        auto applied = co_await round(Deadline::after(kRoundLimit));
        if (pauses_.stopped()) break;
        if (!applied && !std::exchange(failing_, true)) log::failure("epochs.repair_failed", applied.error());
        if (applied && std::exchange(failing_, false)) log::info("epochs.repair_works_again");
        co_await pauses_.pause(kEvery);
    }
}

Task<Result<unsigned>> EpochRepair::round(Deadline by) {
    std::string run_id = sessions_.run_id();
    if (run_id.empty()) co_return fail(Errc::unavailable, "the session store is away");
    const auto began = std::chrono::steady_clock::now();
    const auto within = window_.at(began, run_id);
    auto job = [store = &accounts_, within] { return store->epochs_changed(within); };
    auto changes = co_await database_.run(std::move(job), by);
    if (!changes) co_return std::unexpected(std::move(changes).error());
    unsigned applied = 0;
    for (const auto& change : *changes) {  // the newest first: a round that does not come to its end has done those
        if (pauses_.stopped()) co_return fail(Errc::cancelled, "the service ends");
        auto ended = co_await sessions_.revoke_all(change.user, change.epoch, by);
        if (!ended) co_return std::unexpected(std::move(ended).error());
        if (*ended > 0)
            log::warn("epochs.repaired",
                      {{"user_id", static_cast<std::int64_t>(change.user)}, {"ended", std::int64_t{*ended}}});
        ++applied;
    }
    window_.done(began, std::move(run_id));
    co_return applied;
}

}  // namespace gatehouse::session
