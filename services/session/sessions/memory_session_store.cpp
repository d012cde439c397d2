#include "session/sessions/memory_session_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <sodium.h>

#include "crypto/digest.hpp"

namespace gatehouse::session {
namespace {

using Hash = decltype(crypto::TokenHash::bytes);

struct Stored {
    Session session;
    std::chrono::milliseconds idle{};
    SteadyTime ends;      // idle or absolute, whichever is first
    SteadyTime dies;      // absolute
    std::uint64_t order;  // of creation
};

struct User {
    std::map<Hash, Stored> sessions;
    std::optional<Epoch> epoch;
    SteadyTime epoch_kept_until{};
};

// Tags are hashes already.
struct TagHash {
    std::size_t operator()(const crypto::Tag& tag) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, tag.text.data(), sizeof value);
        return value;
    }
};

std::string random_id() {
    std::array<char, 20> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    return crypto::hex({bytes.data(), bytes.size()});
}

}  // namespace

// Users are spread over shards by their tag, so that loops seldom wait for one another; whatever concerns one user
// happens under one lock.
class MemorySessions {
public:
    MemorySessions(const Clock& clock, SessionLimits limits) : clock_(clock), limits_(limits) {}

    Lookup find(const SessionKey& key) {
        return with_user(key.tag, [&](User* user) -> Lookup {
            const Stored* found = user ? live(*user, key.hash.bytes) : nullptr;
            if (!found) return Absent{};
            return found->session;
        });
    }

    Creation create(NewSession session, const std::vector<SessionKey>& replaced) {
        for (const auto& old : replaced) {
            if (old.tag != session.key.tag) revoke(old);
        }
        if (count_ >= limits_.in_memory) sweep_all();
        auto& shard = shard_of(session.key.tag);
        const std::lock_guard lock(shard.mutex);
        sweep(shard);
        User& user = shard.users[session.key.tag];
        if (user.epoch && *user.epoch > session.user.epoch) return StaleEpoch{*user.epoch};
        for (const auto& old : replaced) {
            if (old.tag == session.key.tag) erase(user, old.hash.bytes);
        }
        make_room(user);
        if (count_ >= limits_.in_memory) {
            return Unavailable{{Errc::overloaded, "the memory store is full", std::source_location::current()}};
        }
        return Created{add(user, std::move(session))};
    }

    bool touch(const SessionKey& key, const std::optional<UserFacts>& facts) {
        return with_user(key.tag, [&](User* user) {
            Stored* found = user ? live(*user, key.hash.bytes) : nullptr;
            if (!found) return false;
            const Epoch own = found->session.user.epoch;
            if (facts && facts->epoch > own) {
                erase(*user, key.hash.bytes);
                return false;
            }
            if (facts) {
                found->session.user = *facts;
                found->session.user.epoch = own;
            }
            found->session.touched_at = clock_.now();
            found->ends = std::min(clock_.steady() + found->idle, found->dies);
            found->session.expires_in = std::chrono::ceil<std::chrono::milliseconds>(found->ends - clock_.steady());
            return true;
        });
    }

    void revoke(const SessionKey& key) {
        with_user(key.tag, [&](User* user) {
            if (user) erase(*user, key.hash.bytes);
        });
    }

    bool revoke(UserId id, std::string_view sid) {
        return with_user(tag_of(id), [&](User* user) {
            if (!user) return false;
            for (const auto& [hash, stored] : user->sessions) {
                if (stored.session.sid.view() != sid) continue;
                const bool alive = live(*user, hash) != nullptr;
                erase(*user, Hash(hash));
                return alive;
            }
            return false;
        });
    }

    unsigned revoke_all(UserId id, Epoch epoch) {
        const crypto::Tag tag = tag_of(id);
        auto& shard = shard_of(tag);
        const std::lock_guard lock(shard.mutex);
        User& user = shard.users[tag];
        if (user.epoch && *user.epoch > epoch) return 0;
        user.epoch = epoch;
        user.epoch_kept_until = clock_.steady() + limits_.absolute + std::chrono::hours(1);
        return erase_if(user, [&](const Stored& stored) { return stored.session.user.epoch < epoch; });
    }

    std::vector<Session> list(UserId id) {
        std::vector<Stored> found;
        with_user(tag_of(id), [&](User* user) {
            if (!user) return;
            for (const auto& [hash, stored] : user->sessions) {
                if (live(*user, hash)) found.push_back(stored);
            }
        });
        std::ranges::sort(found, std::ranges::greater{}, &Stored::order);
        std::vector<Session> sessions;
        sessions.reserve(found.size());
        for (auto& stored : found) sessions.push_back(std::move(stored.session));
        return sessions;
    }

    [[nodiscard]] const std::string& run_id() const noexcept { return run_id_; }

private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<crypto::Tag, User, TagHash> users;
        SteadyTime next_sweep{};
    };
    static constexpr std::chrono::seconds kSweepEvery{30};

    Shard& shard_of(const crypto::Tag& tag) { return shards_[TagHash{}(tag) % shards_.size()]; }

    template <class Work>
    std::invoke_result_t<Work, User*> with_user(const crypto::Tag& tag, Work work) {
        auto& shard = shard_of(tag);
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.users.find(tag);
        return work(found == shard.users.end() ? nullptr : &found->second);
    }

    // Null: unknown, ended, or of an older epoch.
    Stored* live(User& user, const Hash& hash) {
        const auto found = user.sessions.find(hash);
        if (found == user.sessions.end() || found->second.ends <= clock_.steady()) return nullptr;
        if (user.epoch && found->second.session.user.epoch < *user.epoch) return nullptr;
        return &found->second;
    }

    void erase(User& user, const Hash& hash) { count_ -= user.sessions.erase(hash); }

    template <class Condition>
    unsigned erase_if(User& user, Condition condition) {
        const auto gone = std::erase_if(user.sessions, [&](const auto& entry) { return condition(entry.second); });
        count_ -= gone;
        return static_cast<unsigned>(gone);
    }

    void make_room(User& user) {
        if (user.sessions.size() < limits_.per_user) return;
        erase_if(user, [&](const Stored& stored) { return stored.ends <= clock_.steady(); });
        while (user.sessions.size() >= limits_.per_user) {
            auto oldest =
                std::ranges::min_element(user.sessions, {}, [](const auto& entry) { return entry.second.order; });
            user.sessions.erase(oldest);
            --count_;
        }
    }

    Session add(User& user, NewSession session) {
        const auto absolute = std::chrono::milliseconds(session.absolute);
        const auto idle = std::chrono::milliseconds(session.idle);
        Stored stored{};
        stored.idle = idle;
        stored.dies = clock_.steady() + absolute;
        stored.ends = clock_.steady() + std::min(idle, absolute);
        stored.order = ++created_;
        stored.session.sid = Sid(session.key.hash);
        stored.session.user = std::move(session.user);
        stored.session.client = session.client.substr(0, 32);
        stored.session.created_at = stored.session.touched_at = clock_.now();
        stored.session.absolute_end = clock_.now() + absolute;
        stored.session.expires_in = std::min(idle, absolute);
        Session made = stored.session;
        const auto [at, added] = user.sessions.insert_or_assign(session.key.hash.bytes, std::move(stored));
        if (added) ++count_;
        return made;
    }

    // Drops what has ended, once in a while.
    void sweep(Shard& shard) {
        const auto now = clock_.steady();
        if (now < shard.next_sweep) return;
        shard.next_sweep = now + kSweepEvery;
        for (auto& [tag, user] : shard.users) {
            erase_if(user, [&](const Stored& stored) { return stored.ends <= now; });
            if (user.epoch && user.epoch_kept_until <= now) user.epoch.reset();
        }
        std::erase_if(shard.users,
                      [](const auto& entry) { return entry.second.sessions.empty() && !entry.second.epoch; });
    }

    // There is no room left: looks everywhere, but not at every refused sign-in.
    void sweep_all() {
        const auto now = clock_.steady().time_since_epoch().count();
        auto last = last_full_sweep_.load();
        const SteadyTime::duration pause = std::chrono::seconds(1);
        if (now - last < pause.count() || !last_full_sweep_.compare_exchange_strong(last, now)) return;
        for (Shard& shard : shards_) {
            const std::lock_guard lock(shard.mutex);
            shard.next_sweep = {};
            sweep(shard);
        }
    }

    const Clock& clock_;
    const SessionLimits limits_;
    const std::string run_id_ = random_id();
    std::array<Shard, 64> shards_;
    std::atomic<std::size_t> count_{0};
    std::atomic<std::uint64_t> created_{0};
    std::atomic<SteadyTime::rep> last_full_sweep_{0};
};

namespace {

class MemorySessionStore final : public SessionStore {
public:
    explicit MemorySessionStore(std::shared_ptr<MemorySessions> shared) : shared_(std::move(shared)) {}

    Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline) override {
        std::vector<Lookup> answers;
        answers.reserve(keys.size());
        for (const auto& key : keys) answers.push_back(shared_->find(key));
        co_return std::move(answers);
    }
    Task<Creation> create(NewSession session, std::vector<SessionKey> replaced, Deadline) override {
        co_return shared_->create(std::move(session), replaced);
    }
    Task<Result<bool>> touch(SessionKey key, std::optional<UserFacts> facts, Deadline) override {
        co_return shared_->touch(key, facts);
    }
    Task<Result<void>> revoke(SessionKey key, Deadline) override {
        shared_->revoke(key);
        co_return Result<void>{};
    }
    Task<Result<bool>> revoke(UserId user, std::string sid, Deadline) override { co_return shared_->revoke(user, sid); }
    Task<Result<unsigned>> revoke_all(UserId user, Epoch epoch, Deadline) override {
        co_return shared_->revoke_all(user, epoch);
    }
    Task<Result<std::vector<Session>>> list(UserId user, Deadline) override { co_return shared_->list(user); }
    Task<Result<void>> ping(Deadline) override { co_return Result<void>{}; }
    [[nodiscard]] std::string run_id() const override { return shared_->run_id(); }

private:
    std::shared_ptr<MemorySessions> shared_;
};

}  // namespace

std::shared_ptr<MemorySessions> make_memory_sessions(const Clock& clock, SessionLimits limits) {
    return std::make_shared<MemorySessions>(clock, limits);
}

std::unique_ptr<SessionStore> make_memory_session_store(std::shared_ptr<MemorySessions> shared) {
    return std::make_unique<MemorySessionStore>(std::move(shared));
}

}  // namespace gatehouse::session
