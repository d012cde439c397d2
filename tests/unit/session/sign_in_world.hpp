// A sign-in's surroundings, all of them real: accounts in a SQLite file of the test's own, sessions in memory, tiny
// hashes, one loop that the test turns.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "async/blocking_pool.hpp"
#include "async/io_threads.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/password.hpp"
#include "proto/email.hpp"
#include "session/accounts/account_admin.hpp"
#include "session/accounts/email_key.hpp"
#include "session/accounts/sqlite_account_store.hpp"
#include "session/login/login_service.hpp"
#include "session/readiness.hpp"
#include "session/sessions/memory_session_store.hpp"
#include "sqlite/connection.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/process.hpp"
#include "support/run_task.hpp"

namespace gatehouse::test {

inline constexpr crypto::HashCost kTinyCost{8 * 1024, 1};
inline constexpr const char* kAddress = "ada@example.org";
inline constexpr const char* kPassword = "correct horse battery";

// What is written here need not survive a power cut: a directory in memory, where there is one, spares the disk's wait.
struct InMemory {
    InMemory() {
        if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
    }
};

struct World {
    struct Shape {
        std::size_t slots = 2;
        std::size_t queue = 64;
        std::size_t sessions = 1000;  // the memory store's bound
        bool rehash = false;
    };

    World() : World(Shape{}) {}
    explicit World(Shape shape)
        : accounts(session::make_sqlite_account_store({.path = directory / "accounts.db", .clock = clock})),
          database({.threads = 4, .queue = 512, .wait = std::chrono::seconds(20)}),
          hashing({.slots = shape.slots, .queue = shape.queue, .wait = std::chrono::seconds(20), .cost = kTinyCost}),
          decoys(crypto::Subkey("test", "decoy"), kTinyCost, 12),
          memory(session::make_memory_sessions(clock, {.in_memory = shape.sessions})),
          sessions(session::make_memory_session_store(memory)),
          rules{{5, std::chrono::minutes(15)}, 8, shape.rehash, std::chrono::hours(1), std::chrono::hours(24)},
          login(parts(*sessions), rules) {
        REQUIRE(accounts->migrate().has_value());
        readiness.accounts_ready();
    }

    session::LoginService::Parts parts(session::SessionStore& store) {
        return {*accounts, database, hashing, decoys, store, logid, metrics};
    }

    session::Account add(std::string email = kAddress, std::string_view password = kPassword) {
        return add_with_hash(std::move(email), crypto::hash_password(password, kTinyCost).value());
    }
    session::Account add_with_hash(std::string email, std::string hash) {
        const session::EmailKey key = session::email_key(proto::canonical_email(email).value());
        return accounts->create_account({std::move(email), key, "Ada Lovelace", "student", std::move(hash), true})
            .value();
    }

    static proto::LoginRequest request(std::string email = kAddress, std::string_view password = kPassword) {
        proto::LoginRequest asked;
        asked.email = std::move(email);
        asked.password = Secret(password);
        asked.client = {"203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"};
        return asked;
    }

    proto::Outcome<proto::LoginAnswer> sign_in(proto::LoginRequest asked) { return sign_in(login, std::move(asked)); }
    proto::Outcome<proto::LoginAnswer> sign_in(session::LoginService& service, proto::LoginRequest asked) {
        return run_task(loop, service.login(std::move(asked), {"r-1", ""}, Deadline::after(std::chrono::seconds(20))));
    }

    static session::SessionKey key_of(const Secret& token) { return session::session_key_of(token.view()).value(); }
    session::Lookup find(const Secret& token) {
        return run_task(loop, sessions->find(std::array{key_of(token)}, Deadline::after(std::chrono::seconds(5))))
            .front();
    }
    bool alive(const Secret& token) { return std::holds_alternative<session::Session>(find(token)); }

    session::AccountAdmin admin() {
        return session::AccountAdmin({*accounts, *sessions, database, hashing}, {12, rules.throttle});
    }

    // One number that the database holds: "SELECT count(*) FROM login_attempts".
    std::int64_t number(const std::string& sql) {
        sqlite::Connection look(directory / "accounts.db", sqlite::Connection::Access::read, std::chrono::seconds(5),
                                clock);
        auto rows = look.query(sql);
        return rows.next() ? rows.integer(0) : -1;
    }
    std::int64_t attempts(const std::string& state) {
        return number("SELECT count(*) FROM login_attempts WHERE state = '" + state + "'");
    }
    std::int64_t attempts() { return number("SELECT count(*) FROM login_attempts"); }

    FakeClock clock;
    InMemory in_memory;
    TempDir directory;
    Loop loop{0};
    std::unique_ptr<session::AccountStore> accounts;
    session::Readiness readiness;
    session::Metrics metrics;
    crypto::Subkey logid{"test", "logid"};
    BlockingPool database;
    session::Hashing hashing;
    session::Decoys decoys;
    std::shared_ptr<session::MemorySessions> memory;
    std::unique_ptr<session::SessionStore> sessions;
    session::LoginService::Rules rules;
    session::LoginService login;
};

inline proto::ErrorCode code_of(const proto::Outcome<proto::LoginAnswer>& answer) {
    REQUIRE_FALSE(answer.has_value());
    return answer.error().code;
}

}  // namespace gatehouse::test
