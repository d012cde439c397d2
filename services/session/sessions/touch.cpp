#include "session/sessions/touch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::session {
namespace {

constexpr std::chrono::seconds kPatience{1};

std::uint64_t short_key(const SessionKey& key) noexcept {
    std::uint64_t number = 0;
    std::memcpy(&number, key.hash.bytes.data(), sizeof number);
    return number;
}

}  // namespace

bool Touch::due(const SessionKey& key, const Session& session, SystemTime now) {
    const std::chrono::milliseconds between = std::chrono::milliseconds(limits_.idle) / 10;
    const auto age = now - session.touched_at;
    // Touched in the future by our clock: the clocks differ, and only `tried_` can tell.
    if (age >= std::chrono::milliseconds::zero() && age < between) return false;
    const SteadyTime trying = parts_.clock.steady();
    if (tried_.size() >= limits_.remembered) tried_.clear();
    const auto [found, first] = tried_.try_emplace(short_key(key), trying);
    if (!first && trying - found->second < between) return false;
    found->second = trying;
    return true;
}

void Touch::used(const SessionKey& key, const Session& session, SystemTime now) {
    if (parts_.readiness.draining() || !due(key, session, now)) return;
    if (queue_.size() >= limits_.queue) {
        tried_.erase(short_key(key));
        parts_.metrics.touched(Touched::dropped);
        return;
    }
    queue_.push_back({key, session.user.id, session.user.epoch});
    if (working_ >= limits_.at_once) return;
    ++working_;
    parts_.loop.tasks.spawn("touch", work());
}

Task<> Touch::work() {
    while (!queue_.empty()) {
        const Item item = queue_.front();
        queue_.pop_front();
        co_await touch(item);
    }
    --working_;
}

Task<> Touch::touch(Item item) {
    auto alive = co_await refresh(item);
    if (!alive) {
        parts_.metrics.touched(Touched::failed);
        log::debug("touch.failed", {{"detail", alive.error().detail}});
        co_return;
    }
    parts_.metrics.touched(*alive ? Touched::extended : Touched::ended);
}

// With the database away, or not ready yet, only the idle time is extended.
Task<Result<bool>> Touch::refresh(const Item& item) {
    std::optional<UserFacts> facts;
    if (parts_.readiness.accounts()) {
        auto load = [accounts = &parts_.accounts, user = item.user] { return accounts->load_account(user); };
        auto account = co_await parts_.database.run(std::move(load), Deadline::after(kPatience));
        const bool gone = !account && account.error().code == Errc::not_found;
        if (gone) co_return co_await end(item, nullptr);
        if (account && (!account->active || account->epoch > item.epoch)) co_return co_await end(item, &*account);
        if (account) {
            facts.emplace(UserFacts{account->id, account->email, account->full_name, account->role,
                                    std::max(account->epoch, item.epoch)});
        }
    }
    auto extended = co_await parts_.sessions.touch(item.key, std::move(facts), Deadline::after(kPatience));
    co_return extended;
}

// The database says that this session must not live: the account was disabled or deleted there, or all its sessions
// were ended and the session store has not heard of it. Never answered by a touch, which would take the newer epoch
// over.
Task<Result<bool>> Touch::end(const Item& item, const Account* account) {
    Result<void> ended;
    if (account && account->epoch > item.epoch) {
        const auto all = co_await parts_.sessions.revoke_all(item.user, account->epoch, Deadline::after(kPatience));
        if (!all) ended = std::unexpected(all.error());
    } else {
        ended = co_await parts_.sessions.revoke(item.key, Deadline::after(kPatience));
    }
    if (!ended) co_return std::unexpected(ended.error());
    const std::string_view reason = !account ? "deleted" : !account->active ? "disabled" : "revoked_in_database";
    log::info("session.revoked", {{"user_id", static_cast<std::int64_t>(item.user)}, {"reason", reason}});
    co_return false;
}

}  // namespace gatehouse::session
