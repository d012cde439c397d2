// The backends that the session store's contract runs against, and the words that its tests speak.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "redis/client.hpp"
#include "session/sessions/memory_session_store.hpp"
#include "session/sessions/redis_session_store.hpp"
#include "support/fake_clock.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"

namespace gatehouse::test {

using namespace std::chrono_literals;
using session::Epoch;
using session::NewSession;
using session::SessionKey;
using session::UserId;

inline session::SessionLimits contract_limits() { return {.absolute = 1h, .per_user = 50, .in_memory = 100'000}; }

// Two stores as two loops or two instances would have them; here both on one loop.
struct MemoryBackend {
    MemoryBackend() : MemoryBackend(contract_limits()) {}
    explicit MemoryBackend(session::SessionLimits limits)
        : shared(session::make_memory_sessions(clock, limits)),
          store(session::make_memory_session_store(shared)),
          other(session::make_memory_session_store(shared)) {}

    void pass(std::chrono::milliseconds time) { clock.advance(time); }

    FakeClock clock;
    Loop loop{0};
    std::shared_ptr<session::MemorySessions> shared;
    std::unique_ptr<session::SessionStore> store;
    std::unique_ptr<session::SessionStore> other;
};

struct RedisBackend {
    RedisBackend() : RedisBackend(RedisOptions{}) {}
    explicit RedisBackend(RedisOptions options)
        : server(std::move(options)), client(loop, patient()), other_client(loop, patient()) {
        if (!connected()) throw std::runtime_error("the redis client does not connect");
    }

    void pass(std::chrono::milliseconds time) { turn_for(loop, time); }
    bool connected() {
        return turn_until(loop, [this] { return client.connected() && other_client.connected(); });
    }

    RedisServer server;
    Loop loop{0};
    redis::Client client;
    redis::Client other_client;
    std::unique_ptr<session::SessionStore> store = make_redis_session_store(client, contract_limits());
    std::unique_ptr<session::SessionStore> other = make_redis_session_store(other_client, contract_limits());

private:
    // Correctness is tested here; a loaded machine must not turn it into time-outs.
    [[nodiscard]] redis::Options patient() const {
        auto options = redis::parse_redis_url(server.unix_url()).value();
        options.command_timeout = 10s;
        options.connect_timeout = 5s;
        return options;
    }
};

inline Deadline soon() { return Deadline::after(20s); }

inline SessionKey key_of(std::int64_t user, std::uint32_t number) {
    SessionKey key{crypto::tag_of(std::to_string(user)), {}};
    for (std::size_t i = 0; i < 4; ++i) key.hash.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    key.hash.bytes[15] = 0xff;
    return key;
}

inline NewSession session_of(std::int64_t user, std::uint32_t number, std::int64_t epoch = 0) {
    return {.key = key_of(user, number),
            .user = {UserId{user}, "jo@example.org", "Jo \"|: Ünï\n", "member", Epoch{epoch}},
            .client = "browser",
            .idle = 600s,
            .absolute = 3600s};
}

// The store's answers as one word each.
inline std::string word(const session::Lookup& lookup) {
    struct Words {
        std::string operator()(const session::Session&) const { return "alive"; }
        std::string operator()(const session::Absent&) const { return "absent"; }
        std::string operator()(const session::Unavailable&) const { return "unavailable"; }
    };
    return std::visit(Words{}, lookup);
}
inline std::string word(const session::Creation& creation) {
    struct Words {
        std::string operator()(const session::Created&) const { return "created"; }
        std::string operator()(const session::StaleEpoch&) const { return "stale"; }
        std::string operator()(const session::Unavailable&) const { return "unavailable"; }
    };
    return std::visit(Words{}, creation);
}
inline std::string word(const Result<bool>& result) {
    if (!result) return "unavailable";
    return *result ? "yes" : "no";
}

template <class Backend>
session::Lookup look(Backend& backend, SessionKey key) {
    return run_task(backend.loop, backend.store->find({&key, 1}, soon())).front();
}
template <class Backend>
std::string find(Backend& backend, SessionKey key) {
    return word(look(backend, key));
}
template <class Backend>
std::string create(Backend& backend, NewSession session, std::vector<SessionKey> replaced = {}) {
    return word(run_task(backend.loop, backend.store->create(std::move(session), std::move(replaced), soon())));
}
template <class Backend>
std::string touch(Backend& backend, SessionKey key, std::optional<session::UserFacts> facts = {}) {
    return word(run_task(backend.loop, backend.store->touch(key, std::move(facts), soon())));
}
template <class Backend>
bool revoke(Backend& backend, SessionKey key) {
    return run_task(backend.loop, backend.store->revoke(key, soon())).has_value();
}
template <class Backend>
int revoke_all(Backend& backend, std::int64_t user, std::int64_t epoch) {
    const auto ended = run_task(backend.loop, backend.store->revoke_all(UserId{user}, Epoch{epoch}, soon()));
    return ended ? static_cast<int>(*ended) : -1;
}
template <class Backend>
std::vector<session::Session> list(Backend& backend, std::int64_t user) {
    return run_task(backend.loop, backend.store->list(UserId{user}, soon())).value();
}

}  // namespace gatehouse::test
