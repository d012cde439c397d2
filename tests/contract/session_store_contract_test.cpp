// What every session store promises: one contract, the same names for memory and for Redis.
#include <algorithm>
#include <barrier>
#include <map>
#include <thread>
#include <tuple>

#include "session_backends.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

#define EVERY_STORE(name) TEMPLATE_TEST_CASE(name, "", MemoryBackend, RedisBackend)

EVERY_STORE("a session is found with all that it was created with") {
    TestType backend;
    CHECK(find(backend, key_of(1, 1)) == "absent");
    const auto made = run_task(backend.loop, backend.store->create(session_of(1, 1, 7), {}, soon()));
    const auto* created = std::get_if<session::Created>(&made);
    REQUIRE(created);
    const auto found = look(backend, key_of(1, 1));
    const auto* session = std::get_if<session::Session>(&found);
    REQUIRE(session);
    CHECK(session->sid.view() ==
          "01000000"
          "00000000");
    CHECK(session->user == session_of(1, 1, 7).user);
    CHECK(session->client == "browser");
    CHECK(session->expires_in == 600s);
    CHECK(session->absolute_end - session->created_at == 3600s);
    CHECK(session->touched_at == session->created_at);
    CHECK(created->session.sid == session->sid);
    CHECK(created->session.user == session->user);
    CHECK(created->session.created_at == session->created_at);
    CHECK(created->session.absolute_end == session->absolute_end);
    CHECK(created->session.expires_in == session->expires_in);
}

EVERY_STORE("one look answers for many keys in their order") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(create(backend, session_of(2, 2)) == "created");
    const auto answers =
        run_task(backend.loop, backend.store->find(std::array{key_of(2, 2), key_of(1, 9), key_of(1, 1)}, soon()));
    REQUIRE(answers.size() == 3);
    CHECK(std::get<session::Session>(answers[0]).user.id == UserId{2});
    CHECK(word(answers[1]) == "absent");
    CHECK(std::get<session::Session>(answers[2]).user.id == UserId{1});
    CHECK(run_task(backend.loop, backend.store->find({}, soon())).empty());
}

EVERY_STORE("a key finds nothing under another user's tag") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    CHECK(find(backend, key_of(2, 1)) == "absent");
}

EVERY_STORE("a new session ends the ones that it replaces, another user's too") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(create(backend, session_of(2, 2)) == "created");
    REQUIRE(create(backend, session_of(1, 3)) == "created");
    CHECK(create(backend, session_of(1, 4), {key_of(1, 1), key_of(2, 2), key_of(9, 9)}) == "created");
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(find(backend, key_of(2, 2)) == "absent");
    CHECK(find(backend, key_of(1, 3)) == "alive");
    CHECK(find(backend, key_of(1, 4)) == "alive");
    CHECK(list(backend, 1).size() == 2);
    CHECK(list(backend, 2).empty());
}

EVERY_STORE("a revoked session is dead at once, seen from every instance") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    CHECK(revoke(backend, key_of(1, 1)));
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(word(run_task(backend.loop, backend.other->find(std::array{key_of(1, 1)}, soon())).front()) == "absent");
    CHECK(revoke(backend, key_of(1, 1)));  // fine if there was none
    CHECK(list(backend, 1).empty());
}

EVERY_STORE("a session is revoked by its public name, by its own user only") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(create(backend, session_of(1, 2)) == "created");
    const std::string sid = "0100000000000000";
    auto revoke_sid = [&](std::int64_t user, std::string name) {
        return word(run_task(backend.loop, backend.store->revoke(UserId{user}, std::move(name), soon())));
    };
    CHECK(revoke_sid(2, sid) == "no");
    CHECK(revoke_sid(1, "01") == "no");
    CHECK(revoke_sid(1, "") == "no");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(revoke_sid(1, sid) == "yes");
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(find(backend, key_of(1, 2)) == "alive");
    CHECK(revoke_sid(1, sid) == "no");
}

EVERY_STORE("a touch never revives or creates a session") {
    TestType backend;
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(touch(backend, key_of(1, 1), session_of(1, 1).user) == "no");
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(revoke(backend, key_of(1, 1)));
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(touch(backend, key_of(1, 1), session_of(1, 1).user) == "no");
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(list(backend, 1).empty());
}

EVERY_STORE("a session that is not touched ends when idle, a touched one at its absolute end") {
    TestType backend;
    auto short_lived = session_of(1, 1);
    short_lived.idle = 1s;
    short_lived.absolute = 2s;
    REQUIRE(create(backend, short_lived) == "created");
    short_lived.key = key_of(1, 2);
    REQUIRE(create(backend, short_lived) == "created");
    backend.pass(700ms);
    CHECK(touch(backend, key_of(1, 2)) == "yes");
    backend.pass(400ms);  // 1.1 s
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(find(backend, key_of(1, 2)) == "alive");
    CHECK(list(backend, 1).size() == 1);
    backend.pass(300ms);  // 1.4 s
    CHECK(touch(backend, key_of(1, 2)) == "yes");
    const auto found = look(backend, key_of(1, 2));
    const auto* session = std::get_if<session::Session>(&found);
    REQUIRE(session);
    CHECK(session->expires_in <= 600ms);  // what is left of the absolute life
    CHECK(session->touched_at - session->created_at >= 1400ms);
    backend.pass(700ms);  // 2.1 s
    CHECK(find(backend, key_of(1, 2)) == "absent");
    CHECK(touch(backend, key_of(1, 2)) == "no");
    CHECK(list(backend, 1).empty());
}

EVERY_STORE("a touch brings the user's new facts, and leaves the rest") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1, 5)) == "created");
    auto facts = session_of(1, 1, 5).user;
    facts.email = "new@example.org";
    facts.full_name = "";
    facts.role = "admin";
    CHECK(touch(backend, key_of(1, 1), facts) == "yes");
    auto found = look(backend, key_of(1, 1));
    CHECK(std::get<session::Session>(found).user == facts);
    CHECK(std::get<session::Session>(found).client == "browser");
    CHECK(touch(backend, key_of(1, 1)) == "yes");
    found = look(backend, key_of(1, 1));
    CHECK(std::get<session::Session>(found).user == facts);
}

EVERY_STORE("a touch cannot lift a session over a revoke-all that is still on its way") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1, 5)) == "created");
    auto facts = session_of(1, 1, 9).user;  // the database has committed epoch 9
    CHECK(touch(backend, key_of(1, 1), facts) == "no");
    CHECK(find(backend, key_of(1, 1)) == "absent");

    REQUIRE(create(backend, session_of(1, 2, 9)) == "created");
    facts.epoch = Epoch{5};  // read from a database that lags behind
    CHECK(touch(backend, key_of(1, 2), facts) == "yes");
    CHECK(revoke_all(backend, 1, 7) == 0);
    CHECK(find(backend, key_of(1, 2)) == "alive");
}

EVERY_STORE("a revoke-all ends the sessions of older epochs, and only this user's") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1, 1)) == "created");
    REQUIRE(create(backend, session_of(1, 2, 2)) == "created");
    REQUIRE(create(backend, session_of(1, 3, 3)) == "created");
    REQUIRE(create(backend, session_of(2, 4, 0)) == "created");
    CHECK(revoke_all(backend, 1, 3) == 2);
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(find(backend, key_of(1, 2)) == "absent");
    CHECK(find(backend, key_of(1, 3)) == "alive");
    CHECK(find(backend, key_of(2, 4)) == "alive");
    CHECK(revoke_all(backend, 1, 3) == 0);  // idempotent
    CHECK(revoke_all(backend, 1, 2) == 0);  // older: changes nothing
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(list(backend, 1).size() == 1);
    CHECK(revoke_all(backend, 3, 1) == 0);  // a user without sessions
}

EVERY_STORE("create refuses an epoch older than the stored one") {
    TestType backend;
    CHECK(revoke_all(backend, 1, 1'763'800'000'000) == 0);
    const auto refused = run_task(backend.loop, backend.store->create(session_of(1, 1, 1'763'799'999'999), {}, soon()));
    REQUIRE(word(refused) == "stale");
    CHECK(std::get<session::StaleEpoch>(refused).stored == Epoch{1'763'800'000'000});
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(create(backend, session_of(1, 1, 1'763'800'000'000)) == "created");
    CHECK(create(backend, session_of(1, 2, 1'763'800'000'001)) == "created");
    CHECK(revoke_all(backend, 1, 9) == 0);
    CHECK(create(backend, session_of(1, 3, 10)) == "stale");  // the older revoke-all lowered nothing
}

EVERY_STORE("a stored epoch outlives every session that it has to stop") {
    TestType backend;
    REQUIRE(revoke_all(backend, 1, 5) == 0);
    if constexpr (std::is_same_v<TestType, RedisBackend>) {
        const auto left =
            std::stol(backend.server.command({"PTTL", "gh:{" + std::string(key_of(1, 1).tag.view()) + "}:e"}));
        CHECK(left > 7'190'000);  // absolute life of 1 h, and 1 h more
        CHECK(left <= 7'200'000);
    } else {
        backend.pass(std::chrono::hours(2) - 1ms);
        REQUIRE(create(backend, session_of(2, 1)) == "created");  // sweeps
        CHECK(create(backend, session_of(1, 1, 4)) == "stale");
    }
}

EVERY_STORE("a user's 51st session ends the oldest") {
    TestType backend;
    for (std::uint32_t i = 1; i <= 50; ++i) {
        REQUIRE(create(backend, session_of(1, i)) == "created");
        backend.pass(2ms);  // the oldest is told by the clock
    }
    REQUIRE(create(backend, session_of(2, 99)) == "created");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(create(backend, session_of(1, 51)) == "created");
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(find(backend, key_of(1, 2)) == "alive");
    CHECK(find(backend, key_of(1, 51)) == "alive");
    CHECK(list(backend, 1).size() == 50);

    REQUIRE(revoke(backend, key_of(1, 30)));
    CHECK(create(backend, session_of(1, 52)) == "created");
    CHECK(find(backend, key_of(1, 2)) == "alive");  // there was room
    CHECK(create(backend, session_of(1, 53), {key_of(1, 40)}) == "created");
    CHECK(find(backend, key_of(1, 2)) == "alive");  // the replaced one made room
}

EVERY_STORE("sessions that ended when idle take no place from living ones") {
    TestType backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    auto brief = session_of(1, 2);
    brief.idle = 1s;
    for (std::uint32_t i = 2; i <= 50; ++i) {
        brief.key = key_of(1, i);
        REQUIRE(create(backend, brief) == "created");
    }
    backend.pass(1100ms);
    CHECK(create(backend, session_of(1, 51)) == "created");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(list(backend, 1).size() == 2);
}

EVERY_STORE("the list shows the newest session first") {
    TestType backend;
    CHECK(list(backend, 1).empty());
    for (std::uint32_t i : {3U, 1U, 2U}) {
        REQUIRE(create(backend, session_of(1, i)) == "created");
        backend.pass(2ms);
    }
    CHECK(touch(backend, key_of(1, 3)) == "yes");
    const auto sessions = list(backend, 1);
    REQUIRE(sessions.size() == 3);
    CHECK(sessions[0].sid.view() == "0200000000000000");
    CHECK(sessions[1].sid.view() == "0100000000000000");
    CHECK(sessions[2].sid.view() == "0300000000000000");
    CHECK(sessions[0].user == session_of(1, 1).user);
}

namespace {

struct Race {
    std::map<std::string, int> outcomes;
    int survivors = 0;
    int ended = 0;
};

// A sign-in that read the old epoch, and a disable with the new one; whoever is last looks whether the session lives.
template <class Backend>
void race_once(Backend& backend, Race& race, std::int64_t user) {
    auto left = std::make_shared<int>(2);
    auto look_last = [](Backend& b, Race& r, std::int64_t id, std::shared_ptr<int> open) -> Task<> {
        if (--*open > 0) co_return;
        std::vector<SessionKey> key{key_of(id, 1)};
        const auto found = co_await b.store->find(std::move(key), soon());
        r.survivors += word(found.front()) != "absent";
        ++r.ended;
    };
    auto sign_in = [look_last](Backend& b, Race& r, std::int64_t id, std::shared_ptr<int> open) -> Task<> {
        const auto made = co_await b.store->create(session_of(id, 1, 1), std::vector<SessionKey>(), soon());
        ++r.outcomes[word(made)];
        co_await look_last(b, r, id, std::move(open));
    };
    auto disable = [look_last](Backend& b, Race& r, std::int64_t id, std::shared_ptr<int> open) -> Task<> {
        const auto ended = co_await b.other->revoke_all(UserId(id), Epoch(2), soon());
        ++r.outcomes[ended ? "disabled" : "not disabled"];
        co_await look_last(b, r, id, std::move(open));
    };
    static const auto keep_sign_in = sign_in;  // a coroutine's lambda must outlive it
    static const auto keep_disable = disable;
    if (user % 2) backend.loop.tasks.spawn("sign-in", keep_sign_in(backend, race, user, left));
    backend.loop.tasks.spawn("disable", keep_disable(backend, race, user, left));
    if (user % 2 == 0) backend.loop.tasks.spawn("sign-in", keep_sign_in(backend, race, user, left));
}

}  // namespace

EVERY_STORE("a sign-in racing a disable leaves no session, 10 000 times") {
    TestType backend;
    Race race;
    constexpr int kRounds = 10'000;
    constexpr int kAtOnce = 200;
    for (int begun = 0; begun < kRounds;) {
        for (int i = 0; i < kAtOnce; ++i) race_once(backend, race, ++begun);
        REQUIRE(turn_until(backend.loop, [&] { return race.ended == begun; }, 30s));
    }
    CHECK(race.survivors == 0);
    CHECK(race.outcomes["disabled"] == kRounds);
    CHECK(race.outcomes["created"] + race.outcomes["stale"] == kRounds);
    CHECK(race.outcomes["created"] > 100);  // it was a race
    CHECK(race.outcomes["stale"] > 100);
}

TEST_CASE("the memory store holds when a sign-in and a disable race on two threads") {
    MemoryBackend backend;
    constexpr int kRounds = 10'000;
    std::barrier together(2);
    std::atomic<int> created = 0;
    std::thread disabling([&] {
        Loop loop{1};
        auto store = session::make_memory_session_store(backend.shared);
        for (int user = 1; user <= kRounds; ++user) {
            together.arrive_and_wait();
            std::ignore = run_task(loop, store->revoke_all(UserId{user}, Epoch{2}, soon()));
        }
    });
    for (int user = 1; user <= kRounds; ++user) {
        together.arrive_and_wait();
        created += create(backend, session_of(user, 1, 1)) == "created";
    }
    disabling.join();
    int survivors = 0;
    for (int user = 1; user <= kRounds; ++user) survivors += find(backend, key_of(user, 1)) != "absent";
    CHECK(survivors == 0);
}

EVERY_STORE("the store answers a ping and has a run id") {
    TestType backend;
    CHECK(run_task(backend.loop, backend.store->ping(soon())).has_value());
    CHECK(backend.store->run_id().size() == 40);
    CHECK(backend.store->run_id() == backend.other->run_id());
}

TEST_CASE("the memory store is bounded, and sweeps what has ended") {
    MemoryBackend backend({.absolute = 1h, .per_user = 50, .in_memory = 3});
    for (std::uint32_t i = 1; i <= 3; ++i) REQUIRE(create(backend, session_of(i, i)) == "created");
    CHECK(create(backend, session_of(4, 4)) == "unavailable");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(create(backend, session_of(1, 5), {key_of(1, 1)}) == "created");  // replaced, not added
    backend.pass(601s);
    int made = 0;
    for (std::int64_t user = 1; user <= 500; ++user) made += create(backend, session_of(user, 9)) == "created";
    CHECK(made == 3);  // wherever the ended ones lay
}

TEST_CASE("two memory stores of two processes have different run ids") {
    MemoryBackend one;
    MemoryBackend two;
    CHECK(one.store->run_id() != two.store->run_id());
}
