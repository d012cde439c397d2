#include "session/sessions/touch.hpp"

#include "sign_in_world.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// Somebody is signed in for an hour, and six minutes lie between two touches.
struct Signed : World {
    Signed() : user(add()), token(sign_in(request())->token.copy()), touch(make({.idle = 1h})) {}

    Touch make(Touch::Limits limits) {
        return Touch({loop, *sessions, *accounts, database, readiness, clock, metrics}, limits);
    }
    Session session() { return std::get<Session>(find(token)); }
    void use() {
        const Session seen = session();
        touch.used(key_of(token), seen, clock.now());
        REQUIRE(turn_until(loop, [&] { return loop.tasks.size() == 0; }));
    }

    Account user;
    Secret token;
    Touch touch;
};

}  // namespace

TEST_CASE("a session that is used lives on, but is written to only once per tenth of its idle time") {
    Signed world;
    const SystemTime created = world.session().touched_at;
    world.clock.advance(5min);
    world.use();
    CHECK(world.session().touched_at == created);
    world.clock.advance(1min);
    world.use();
    CHECK(world.session().touched_at == created + 6min);
    for (int i = 0; i < 20; ++i) {
        world.clock.advance(30min);
        world.use();
    }
    CHECK(world.alive(world.token));
    world.clock.advance(1h + 1s);
    CHECK_FALSE(world.alive(world.token));
}

TEST_CASE("nothing outlives the absolute age") {
    Signed world;
    for (int i = 0; i < 48 && world.alive(world.token); ++i) {
        world.use();
        world.clock.advance(30min);
    }
    CHECK_FALSE(world.alive(world.token));
}

TEST_CASE("a change behind our back in the database shows after the next touch") {
    Signed world;
    AccountChange change;
    change.full_name = "Ada King";
    change.role = "librarian";
    REQUIRE(world.accounts->update_account(world.user.id, change).has_value());
    world.use();
    CHECK(world.session().user.full_name == "Ada Lovelace");
    world.clock.advance(6min);
    world.use();
    CHECK(world.session().user.full_name == "Ada King");
    CHECK(world.session().user.role == "librarian");
}

TEST_CASE("an account that was disabled, deleted or revoked in the database alone ends its session at the next touch") {
    for (const int how : {0, 1, 2}) {
        Signed world;
        sqlite::Connection sql(world.directory / "accounts.db", sqlite::Connection::Access::write, 5s, world.clock);
        if (how == 0) sql.run("UPDATE users SET status = 'suspended'");
        if (how == 1) sql.run("DELETE FROM users");
        if (how == 2) REQUIRE(world.accounts->raise_epoch(world.user.id).has_value());
        CHECK(world.alive(world.token));
        world.clock.advance(6min);
        world.use();
        CHECK_FALSE(world.alive(world.token));
    }
}

TEST_CASE("with the database away the session lives on as it was") {
    Signed world;
    const SystemTime created = world.session().touched_at;
    world.clock.advance(6min);
    {
        sqlite::Connection sql(world.directory / "accounts.db", sqlite::Connection::Access::write, 5s, world.clock);
        sql.run("ALTER TABLE users RENAME TO gone");
    }
    world.use();
    CHECK(world.session().touched_at == created + 6min);
    CHECK(world.session().user.full_name == "Ada Lovelace");
}

TEST_CASE("a touch never revives a session that was revoked meanwhile") {
    Signed world;
    world.clock.advance(6min);
    const Session seen = world.session();
    const Deadline by = Deadline::after(5s);
    REQUIRE(run_task(world.loop, world.sessions->revoke(World::key_of(world.token), by)).has_value());
    world.touch.used(World::key_of(world.token), seen, world.clock.now());
    REQUIRE(turn_until(world.loop, [&] { return world.loop.tasks.size() == 0; }));
    CHECK_FALSE(world.alive(world.token));
}

TEST_CASE("a clock that is behind the session store's still touches, once per tenth") {
    Signed world;
    Session ahead = world.session();
    ahead.touched_at += 30min;
    const auto touches = [&] { return world.session().touched_at; };
    world.clock.advance(1min);
    world.touch.used(World::key_of(world.token), ahead, world.clock.now());
    REQUIRE(turn_until(world.loop, [&] { return world.loop.tasks.size() == 0; }));
    const SystemTime first = touches();
    CHECK(first == world.clock.now());
    world.clock.advance(1min);
    world.touch.used(World::key_of(world.token), ahead, world.clock.now());
    CHECK(world.loop.tasks.size() == 0);
}

TEST_CASE("the queue of touches has a bound, and what was dropped is asked for again") {
    Signed world;
    Touch small = world.make({.idle = 1h, .queue = 1, .at_once = 1});
    const auto other = world.sign_in(World::request());
    REQUIRE(other.has_value());
    world.clock.advance(6min);
    const Session one = world.session();
    const Session two = std::get<Session>(world.find(other->token));
    small.used(World::key_of(world.token), one, world.clock.now());   // under way as soon as the loop turns
    small.used(World::key_of(other->token), two, world.clock.now());  // no room
    REQUIRE(turn_until(world.loop, [&] { return world.loop.tasks.size() == 0; }));
    CHECK(world.session().touched_at == world.clock.now());
    CHECK(std::get<Session>(world.find(other->token)).touched_at != world.clock.now());
    small.used(World::key_of(other->token), two, world.clock.now());
    REQUIRE(turn_until(world.loop, [&] { return world.loop.tasks.size() == 0; }));
    CHECK(std::get<Session>(world.find(other->token)).touched_at == world.clock.now());
}
