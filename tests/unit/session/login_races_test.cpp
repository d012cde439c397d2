// Sign-ins that meet a change of the same account half way.
#include "sign_in_world.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace gatehouse::test;
using proto::ErrorCode;

namespace {

using Answer = proto::Outcome<proto::LoginAnswer>;

const Deadline kLater = Deadline::after(std::chrono::minutes(10));

// Begins a sign-in, lets `change` happen after the attempt was counted and before its password is verified, and answers
// how it ended: the only hashing slot is busy with a slow hash meanwhile.
template <class Change>
Answer sign_in_while(World& world, Change change) {
    const std::string slow = crypto::hash_password("x", {32u * 1024 * 1024, 8}).value();
    const auto ticket = world.hashing.admit();
    REQUIRE(ticket.has_value());
    bool slow_ended = false;
    auto hold = [](World& w, const Hashing::Ticket& t, std::string stored, bool& ended) -> Task<> {
        const auto password = std::make_shared<const Secret>(std::string_view("x"));
        static_cast<void>(co_await w.hashing.verify(t, std::move(stored), password, kLater));
        ended = true;
    };
    world.loop.tasks.spawn("hold", hold(world, *ticket, slow, slow_ended));
    REQUIRE(turn_until(world.loop, [&] { return world.hashing.running() == 1; }));

    std::optional<Answer> answer;
    auto sign_in = [](World& w, std::optional<Answer>& to) -> Task<> {
        Caller caller{"r-1", ""};
        to.emplace(co_await w.login.login(World::request(), std::move(caller), kLater));
    };
    world.loop.tasks.spawn("sign_in", sign_in(world, answer));
    REQUIRE(turn_until(world.loop, [&] { return world.hashing.queued() == 1; }));
    CHECK(world.attempts("pending") == 1);
    CHECK_FALSE(slow_ended);
    change();
    REQUIRE(turn_until(world.loop, [&] { return answer.has_value() && slow_ended; }));
    return std::move(*answer);
}

unsigned live_sessions(World& world, UserId user) {
    return static_cast<unsigned>(run_task(world.loop, world.sessions->list(user, kLater))->size());
}

}  // namespace

TEST_CASE("a password that is changed while somebody signs in with the old one leaves no session") {
    World world({.slots = 1});
    const Account ada = world.add();
    const Answer answer = sign_in_while(world, [&] {
        Secret fresh(std::string_view("another password 42"));
        const std::string hash = crypto::hash_password(fresh.view(), kTinyCost).value();
        const auto epoch = world.accounts->set_password(ada.id, hash);
        REQUIRE(run_task(world.loop, world.sessions->revoke_all(ada.id, *epoch, kLater)).has_value());
    });
    CHECK(code_of(answer) == ErrorCode::invalid_credentials);
    CHECK(live_sessions(world, ada.id) == 0);
    CHECK(world.attempts("failed") == 1);
}

TEST_CASE("the same, and the session store hears of it last: the session ends then") {
    World world({.slots = 1});
    const Account ada = world.add();
    Epoch epoch{};
    const Answer answer = sign_in_while(world, [&] {
        epoch = world.accounts->set_password(ada.id, crypto::hash_password("another password 42", kTinyCost).value())
                    .value();
    });
    REQUIRE(answer.has_value());
    REQUIRE(run_task(world.loop, world.sessions->revoke_all(ada.id, epoch, kLater)).has_value());
    CHECK_FALSE(world.alive(answer->token));
}

TEST_CASE("an account that is disabled or deleted while somebody signs in leaves no session") {
    for (const bool deleted : {false, true}) {
        World world({.slots = 1});
        const Account ada = world.add();
        const Answer answer = sign_in_while(world, [&] {
            const auto epoch = deleted ? world.accounts->delete_account(ada.id) : world.accounts->disable(ada.id);
            REQUIRE(run_task(world.loop, world.sessions->revoke_all(ada.id, *epoch, kLater)).has_value());
        });
        CHECK(code_of(answer) == ErrorCode::invalid_credentials);
        CHECK(live_sessions(world, ada.id) == 0);
    }
}

TEST_CASE("all sessions that are ended while somebody signs in do not keep that one out") {
    World world({.slots = 1});
    const Account ada = world.add();
    const Answer answer = sign_in_while(world, [&] {
        const auto epoch = world.accounts->raise_epoch(ada.id);
        REQUIRE(run_task(world.loop, world.sessions->revoke_all(ada.id, *epoch, kLater)).has_value());
    });
    REQUIRE(answer.has_value());
    CHECK(world.alive(answer->token));
    CHECK(world.attempts("success") == 1);
}

TEST_CASE("a session store that is ahead of the database is caught up with, once") {
    World world;
    const Account ada = world.add();
    const auto ahead = [&](Epoch epoch) {
        REQUIRE(run_task(world.loop, world.sessions->revoke_all(ada.id, epoch, kLater)).has_value());
    };
    const auto unix_ms = world.clock.now().time_since_epoch().count();
    ahead(Epoch{unix_ms - 1000});  // a database that was restored from a backup
    const Answer answer = world.sign_in(World::request());
    REQUIRE(answer.has_value());
    CHECK(world.alive(answer->token));
    CHECK(world.accounts->load_account(ada.id)->epoch == Epoch{unix_ms});

    ahead(Epoch{unix_ms + 3'600'000});  // an hour ahead: catching up would need an hour
    CHECK(code_of(world.sign_in(World::request())) == ErrorCode::sessions_unavailable);
    CHECK(world.attempts("success") == 1);
    CHECK(world.attempts() == 1);
}

TEST_CASE("a place in the hashing queue is free again as soon as nothing is left to hash") {
    for (const char* password : {"wrong password", kPassword}) {
        World world({.slots = 1, .queue = 0});
        world.add_with_hash(kAddress, crypto::hash_password(kPassword, {16u * 1024 * 1024, 4}).value());
        std::optional<Answer> answer;
        auto sign_in = [](World& w, std::string with, std::optional<Answer>& to) -> Task<> {
            proto::LoginRequest request = World::request(kAddress, with);
            Caller caller{"r-1", ""};
            to.emplace(co_await w.login.login(std::move(request), std::move(caller), kLater));
        };
        world.loop.tasks.spawn("sign_in", sign_in(world, password, answer));
        REQUIRE(turn_until(world.loop, [&] { return world.hashing.running() == 1; }));
        // From now on nothing can be written: the verdict has to wait.
        sqlite::Connection other(world.directory / "accounts.db", sqlite::Connection::Access::write,
                                 std::chrono::seconds(5), world.clock);
        std::optional<sqlite::Transaction> lock(std::in_place, other);
        REQUIRE(world.attempts("pending") == 1);
        REQUIRE(turn_until(world.loop, [&] { return answer || world.hashing.admit(); }));
        CHECK_FALSE(answer.has_value());
        lock.reset();
        REQUIRE(turn_until(world.loop, [&] { return answer.has_value(); }));
    }
}

TEST_CASE("10 000 sign-ins that race a disable leave no session") {
    World world;
    const Account ada = world.add();
    unsigned signed_in = 0;
    unsigned refused = 0;
    unsigned left = 0;
    auto sign_in = [](World& w, std::optional<Answer>& to) -> Task<> {
        Caller caller{"r-1", ""};
        to.emplace(co_await w.login.login(World::request(), std::move(caller), kLater));
    };
    auto disable = [](World& w, UserId user, bool& done) -> Task<> {
        AccountAdmin admin = w.admin();
        const auto ended = co_await admin.disable(user, kLater);
        done = ended.has_value();
    };
    for (int i = 0; i < 10'000; ++i) {
        std::optional<Answer> answer;
        bool disabled = false;
        // Taking turns at who begins; the pools' threads decide the rest.
        if (i % 2 == 0) world.loop.tasks.spawn("sign_in", sign_in(world, answer));
        world.loop.tasks.spawn("disable", disable(world, ada.id, disabled));
        if (i % 2 == 1) world.loop.tasks.spawn("sign_in", sign_in(world, answer));
        if (!turn_until(world.loop, [&] { return answer && disabled; })) FAIL("round " << i << " did not end");
        signed_in += answer->has_value();
        refused += !answer->has_value();
        left += live_sessions(world, ada.id);
        if (!world.accounts->enable(ada.id)) FAIL("round " << i << ": cannot enable");
        if (i % 4 == 3 && !world.accounts->clear_lockout(email_key(kAddress), world.rules.throttle.window)) {
            FAIL("round " << i << ": cannot clear the lockout");
        }
    }
    INFO(signed_in << " signed in, " << refused << " refused");
    CHECK(left == 0);
    CHECK(signed_in > 0);  // else nothing was raced
    CHECK(refused > 0);
}
