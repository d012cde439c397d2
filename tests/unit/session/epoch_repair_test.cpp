#include "session/sessions/epoch_repair.hpp"

#include "session/accounts/sqlite_account_store.hpp"
#include "session/sessions/memory_session_store.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/process.hpp"
#include "support/run_task.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace std::chrono_literals;
using test::run_task;

namespace {

// A process: its sessions go with it, the database stays.
struct Process {
    explicit Process(AccountStore& accounts)
        : store(make_memory_session_store(make_memory_sessions(clock, SessionLimits{}))),
          repair(pauses, database, accounts, *store, 24h) {}

    std::string create(UserId user, Epoch epoch) {
        NewSession session;
        session.key = {crypto::tag_of(std::to_string(static_cast<std::int64_t>(user))), {}};
        session.user.id = user;
        session.user.epoch = epoch;
        session.idle = 60s;
        session.absolute = 600s;
        const auto made = run_task(loop, store->create(session, {}, Deadline::after(1s)));
        return std::holds_alternative<Created>(made) ? "created" : "refused";
    }

    test::FakeClock clock;
    Loop loop{0};
    Pauses pauses{loop};
    BlockingPool database{{.threads = 1, .queue = 4, .wait = 1s}};
    std::unique_ptr<SessionStore> store;
    EpochRepair repair;
};

struct Database {
    Database() {
        REQUIRE(store->migrate());
        NewAccount account;
        account.email = "jo@example.org";
        account.key.fill(1);
        account.full_name = "Jo";
        account.role = "member";
        account.password_hash = "x";
        user = store->create_account(account).value().id;
    }

    test::TempDir directory;
    std::unique_ptr<AccountStore> store = make_sqlite_account_store({.path = directory / "accounts.db"});
    UserId user{};
};

}  // namespace

TEST_CASE("the first round for a run id looks at everything, the next ones at what is recent") {
    RepairWindow window(24h);
    const SteadyTime start{1h};
    CHECK(window.at(start, "a") == 24h);
    window.done(start, "a");
    CHECK(window.at(start + 2s, "a") == 12s);
    CHECK(window.at(start + 2s, "b") == 24h);
    window.done(start + 2s, "b");
    CHECK(window.at(start + 4s, "a") == 24h);
}

TEST_CASE("rounds that failed are made up for by a longer look back") {
    RepairWindow window(24h);
    const SteadyTime start{1h};
    window.done(start, "a");
    CHECK(window.at(start + 90s, "a") == 100s);
    CHECK(window.at(start + 48h, "a") == 24h);
}

TEST_CASE("an epoch that never reached the session store is applied from the database") {
    Database database;
    Process process(*database.store);
    REQUIRE(run_task(process.loop, process.repair.round(Deadline::after(5s))).has_value());
    REQUIRE(process.create(database.user, Epoch{0}) == "created");
    const auto epoch = database.store->raise_epoch(database.user).value();  // and then we are killed
    CHECK(run_task(process.loop, process.repair.round(Deadline::after(5s))).value() == 1);
    CHECK(run_task(process.loop, process.store->list(database.user, Deadline::after(1s)))->empty());
    CHECK(process.create(database.user, Epoch{0}) == "refused");
    CHECK(process.create(database.user, epoch) == "created");
    CHECK(run_task(process.loop, process.repair.round(Deadline::after(5s))).value() == 1);
    CHECK(run_task(process.loop, process.store->list(database.user, Deadline::after(1s)))->size() == 1);
}

TEST_CASE("a session store that lost its epochs gets them back at once") {
    Database database;
    const auto epoch = database.store->raise_epoch(database.user).value();
    Process process(*database.store);
    REQUIRE(process.create(database.user, Epoch{0}) == "created");  // it does not know
    CHECK(run_task(process.loop, process.repair.round(Deadline::after(5s))).value() == 1);
    CHECK(process.create(database.user, Epoch{0}) == "refused");
    CHECK(process.create(database.user, epoch) == "created");
}

TEST_CASE("repairs go on until they are told to stop") {
    Database database;
    Process process(*database.store);
    bool ended = false;
    auto run = [](EpochRepair& repair, bool& end) -> Task<> {
        co_await repair.run();
        end = true;
    };
    process.loop.tasks.spawn("repair", run(process.repair, ended));
    REQUIRE(process.create(database.user, Epoch{0}) == "created");
    REQUIRE(database.store->raise_epoch(database.user));
    CHECK(test::turn_until(process.loop, [&] { return process.create(database.user, Epoch{0}) == "refused"; }, 5s));
    CHECK_FALSE(ended);
    process.pauses.stop();
    CHECK(test::turn_until(process.loop, [&] { return ended; }, 1s));
}
