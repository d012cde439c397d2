// The account contract, part two: accounts, passwords, epochs. Every test runs on every database.
#include <algorithm>
#include <chrono>
#include <string>

#include "contract/account_backend_list.hpp"
#include "contract/account_fixture.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;
using session::AccountChange;
using session::Epoch;
using session::NewAccount;
using session::UserId;

TEMPLATE_TEST_CASE("an account is found by its id and its address, as it was written", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const NewAccount given{.email = "Ada.Lovelace@Example.org",
                           .key = key_of("ada.lovelace@example.org"),
                           .full_name = "Ada Lovelace, née Byron 🦉",
                           .role = "librarian",
                           .password_hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
                           .active = true};
    const auto made = value(accounts->create_account(given));
    for (const auto& found : {value(accounts->load_account(made.id)), value(accounts->load_account(given.key)),
                              accounts.admitted("ADA.lovelace@example.ORG").account.value()}) {
        CHECK(found.id == made.id);
        CHECK(found.email == given.email);
        CHECK(found.full_name == given.full_name);
        CHECK(found.role == given.role);
        CHECK(found.status == "active");
        CHECK(found.active);
        CHECK(found.password_hash == given.password_hash);
        CHECK(found.epoch == Epoch{0});
        CHECK_FALSE(found.last_login_at);
    }
    CHECK(code(accounts->load_account(UserId{999})) == Errc::not_found);
    CHECK(code(accounts->load_account(key_of("nobody@example.org"))) == Errc::not_found);
    CHECK_FALSE(accounts.admitted("nobody@example.org").account);
}

TEMPLATE_TEST_CASE("addresses that a collation takes for one are two", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto plain = accounts.create("jose@example.org");
    const auto accent = accounts.create("josé@example.org");
    CHECK(plain.id != accent.id);
    CHECK(accounts.admitted("jose@example.org").account->id == plain.id);
    CHECK(accounts.admitted("josé@example.org").account->id == accent.id);
    CHECK_FALSE(accounts.admitted("josè@example.org").account);
}

TEMPLATE_TEST_CASE("an address that is taken is a conflict, however it is written", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    const auto bob = accounts.create("bob@example.org");
    const auto again = accounts->create_account({.email = "ADA@example.org",
                                                 .key = key_of("ADA@example.org"),
                                                 .full_name = "",
                                                 .role = "x",
                                                 .password_hash = "h"});
    CHECK(code(again) == Errc::conflict);
    AccountChange change;
    change.email = "Ada@example.org";
    change.email_key = key_of("Ada@example.org");
    CHECK(code(accounts->update_account(bob.id, change)) == Errc::conflict);
    CHECK(value(accounts->load_account(bob.id)).email == "bob@example.org");
}

TEMPLATE_TEST_CASE("two at once cannot create the same address", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    std::atomic<unsigned> made{0};
    std::atomic<unsigned> conflicts{0};
    run_together(8, 40, [&](unsigned) {
        auto account = accounts->create_account({.email = "ada@example.org",
                                                 .key = key_of("ada@example.org"),
                                                 .full_name = "",
                                                 .role = "x",
                                                 .password_hash = "h"});
        if (account) {
            ++made;
        } else if (account.error().code == Errc::conflict) {
            ++conflicts;
        }
    });
    CHECK(made == 1);
    CHECK(conflicts == 39);
}

TEMPLATE_TEST_CASE("what does not fit its column is refused and named", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    NewAccount account{.email = "ada@example.org",
                       .key = key_of("ada@example.org"),
                       .full_name = std::string(256, 'x'),
                       .role = "student",
                       .password_hash = "h"};
    CHECK(accounts->create_account(account).error().detail.find("full_name") != std::string::npos);
    account.full_name = "\xc3(";
    CHECK(code(accounts->create_account(account)) == Errc::invalid_input);
    account.full_name.clear();
    for (int i = 0; i < 255; ++i) account.full_name += "🦉";
    account.role = std::string(64, 'r');
    account.password_hash = std::string(255, 'h');
    CHECK(value(accounts->create_account(account)).full_name == account.full_name);
}

TEMPLATE_TEST_CASE("an account that was inserted by hand can sign in, and then has a key", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.sql(
        "INSERT INTO users (full_name, email, password_hash, role) VALUES ('Eve', ' Eve@Example.org', 'h', 'x')");
    accounts.sql("INSERT INTO users (full_name, email, password_hash, role) VALUES ('?', 'no address', 'h', 'x')");
    SECTION("by signing in") {
        CHECK_FALSE(accounts.admitted("adam@example.org").account);
        const auto attempt = accounts.admitted("eve@example.org");
        REQUIRE(attempt.account);
        CHECK(attempt.account->full_name == "Eve");
        CHECK(attempt.account->active);
    }
    SECTION("by the upkeep") {
        CHECK(value(accounts->key_accounts(100)) == 1);
        CHECK(value(accounts->key_accounts(100)) == 0);
    }
    SECTION("by the administration") {
        CHECK(value(accounts->load_account(key_of("eve@example.org"))).full_name == "Eve");
    }
    SECTION("by a conflict") {
        auto again = accounts->create_account({.email = "eve@example.org",
                                               .key = key_of("eve@example.org"),
                                               .full_name = "",
                                               .role = "x",
                                               .password_hash = "h"});
        CHECK(code(again) == Errc::conflict);
        CHECK(value(accounts->key_accounts(100)) == 1);
    }
    CHECK(accounts.ask("SELECT COUNT(*) FROM users WHERE email_key IS NULL") == "1\n");
    CHECK(accounts.admitted("eve@example.org").account);
}

TEMPLATE_TEST_CASE("of two accounts inserted by hand with one address, one gets the key", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    accounts.sql(
        "INSERT INTO users (full_name, email, password_hash, role) VALUES ('second', 'ADA@example.org', 'h', 'x')");
    accounts.sql(
        "INSERT INTO users (full_name, email, password_hash, role) VALUES ('bob', 'bob@example.org', 'h', 'x')");
    accounts.sql(
        "INSERT INTO users (full_name, email, password_hash, role) VALUES ('bob2', 'BOB@example.org', 'h', 'x')");
    CHECK(accounts.admitted("ada@example.org").account->full_name == "Ada");
    CHECK(value(accounts->key_accounts(1)) == 1);
    CHECK(value(accounts->key_accounts(1)) == 0);
    CHECK(accounts.admitted("bob@example.org").account->full_name == "bob");
}

TEMPLATE_TEST_CASE("only active, 1 and true may sign in", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    const auto id = std::to_string(static_cast<long long>(ada.id));
    for (const auto& [status, active] : {std::pair{"active", true},
                                         {"1", true},
                                         {"true", true},
                                         {"Active", true},
                                         {"0", false},
                                         {"", false},
                                         {"suspended", false},
                                         {"active ", false}}) {
        accounts.sql("UPDATE users SET status = '" + std::string(status) + "' WHERE user_id = " + id);
        CAPTURE(status);
        CHECK(value(accounts->load_account(ada.id)).active == active);
    }
}

TEMPLATE_TEST_CASE("accounts are listed by id, a page at a time", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 5; ++i) accounts.create("u" + std::to_string(i) + "@example.org");
    const auto first = value(accounts->list_accounts(UserId{0}, 3));
    REQUIRE(first.size() == 3);
    CHECK(first[0].id < first[1].id);
    const auto second = value(accounts->list_accounts(first.back().id, 3));
    REQUIRE(second.size() == 2);
    CHECK(second.back().email == "u4@example.org");
    CHECK(value(accounts->list_accounts(second.back().id, 3)).empty());
}

TEMPLATE_TEST_CASE("an update changes what it names and nothing else", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    AccountChange change;
    change.role = "admin";
    auto changed = value(accounts->update_account(ada.id, change));
    CHECK(changed.role == "admin");
    CHECK(changed.full_name == ada.full_name);
    CHECK(changed.email == ada.email);
    CHECK(changed.epoch == ada.epoch);
    change.email = "Lovelace@example.org";
    CHECK(code(accounts->update_account(ada.id, change)) == Errc::invalid_input);  // without its key
    change.email_key = key_of("Lovelace@example.org");
    value(accounts->update_account(ada.id, change));
    CHECK(value(accounts->update_account(ada.id, change)).email == "Lovelace@example.org");  // again: its own address
    CHECK(accounts.admitted("lovelace@example.org").account->id == ada.id);
    CHECK_FALSE(accounts.admitted("ada@example.org").account);
    CHECK(code(accounts->update_account(UserId{999}, change)) == Errc::conflict);
    CHECK(code(accounts->update_account(UserId{999}, {})) == Errc::not_found);
}

TEMPLATE_TEST_CASE("a rehash loses against a password that was changed meanwhile", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org", "$2b$04$OLD");
    CHECK_FALSE(value(accounts->rehash(ada.id, "$2b$04$old", "$argon2id$rehashed")));  // hashes are bytes
    value(accounts->set_password(ada.id, "$argon2id$changed"));
    CHECK_FALSE(value(accounts->rehash(ada.id, "$2b$04$OLD", "$argon2id$rehashed")));
    CHECK(value(accounts->load_account(ada.id)).password_hash == "$argon2id$changed");
    const auto before = value(accounts->load_account(ada.id)).epoch;
    CHECK(value(accounts->rehash(ada.id, "$argon2id$changed", "$argon2id$rehashed")));
    const auto after = value(accounts->load_account(ada.id));
    CHECK(after.password_hash == "$argon2id$rehashed");
    CHECK(after.epoch == before);
}

TEMPLATE_TEST_CASE("epochs only rise, and follow the database's clock", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    const auto first = value(accounts->raise_epoch(ada.id));
    CHECK(static_cast<long long>(first) >= value(accounts->load_account(ada.id)).created_at.time_since_epoch().count());
    const auto second = value(accounts->set_password(ada.id, "h"));
    CHECK(second > first);
    const auto third = value(accounts->disable(ada.id));
    CHECK(third > second);
    const auto now = value(accounts->load_account(ada.id));
    CHECK_FALSE(now.active);
    CHECK(now.epoch == third);
    CHECK(now.password_hash == "h");
    succeed(accounts->enable(ada.id));
    succeed(accounts->enable(ada.id));
    CHECK(value(accounts->load_account(ada.id)).active);
    CHECK(value(accounts->load_account(ada.id)).epoch == third);

    accounts.sql("UPDATE users SET session_epoch = 9000000000000000");  // a clock that was set back
    CHECK(value(accounts->raise_epoch(ada.id)) == Epoch{9000000000000001});
}

TEMPLATE_TEST_CASE("what does not exist cannot be changed", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const UserId nobody{77};
    CHECK(code(accounts->set_password(nobody, "h")) == Errc::not_found);
    CHECK(code(accounts->disable(nobody)) == Errc::not_found);
    CHECK(code(accounts->enable(nobody)) == Errc::not_found);
    CHECK(code(accounts->raise_epoch(nobody)) == Errc::not_found);
    CHECK(code(accounts->delete_account(nobody)) == Errc::not_found);
    CHECK_FALSE(value(accounts->rehash(nobody, "a", "b")));
    CHECK(value(accounts->epochs_changed(1h)).empty());
}

TEMPLATE_TEST_CASE("simultaneous raises of an epoch each give another one", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    std::vector<Epoch> epochs(40);
    run_together(8, 40, [&](unsigned n) { epochs[n] = accounts->raise_epoch(ada.id).value_or(Epoch{-1}); });
    std::ranges::sort(epochs);
    CHECK(epochs.front() > Epoch{0});
    CHECK(std::ranges::adjacent_find(epochs) == epochs.end());
    CHECK(value(accounts->load_account(ada.id)).epoch == epochs.back());
}

TEMPLATE_TEST_CASE("a deleted account leaves its epoch, and its id and address are free of it", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    const auto raised = value(accounts->raise_epoch(ada.id));
    const auto buried = value(accounts->delete_account(ada.id));
    CHECK(buried > raised);
    CHECK(code(accounts->load_account(ada.id)) == Errc::not_found);
    const auto changes = value(accounts->epochs_changed(10s));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].user == ada.id);
    CHECK(changes[0].epoch == buried);
    CHECK(accounts.create("ada@example.org").id > ada.id);
}

TEMPLATE_TEST_CASE("deleted accounts are remembered for as long as is asked, and forgotten in batches", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    CHECK(code(accounts->epoch_of_deleted(ada.id)) == Errc::not_found);
    const auto buried = value(accounts->delete_account(ada.id));
    CHECK(value(accounts->epoch_of_deleted(ada.id)) == buried);
    for (const char* other : {"bob@example.org", "eve@example.org"}) {
        value(accounts->delete_account(accounts.create(other).id));
    }
    CHECK(value(accounts->forget_deleted(std::chrono::hours(1), 10)) == 0);
    accounts.pass(std::chrono::hours(2));
    const auto last = accounts.create("joe@example.org").id;
    value(accounts->delete_account(last));
    CHECK(value(accounts->forget_deleted(std::chrono::hours(1), 2)) == 2);
    CHECK(value(accounts->forget_deleted(std::chrono::hours(1), 2)) == 1);
    CHECK(value(accounts->forget_deleted(std::chrono::hours(1), 2)) == 0);
    CHECK(code(accounts->epoch_of_deleted(ada.id)) == Errc::not_found);
    value(accounts->epoch_of_deleted(last));
}

TEMPLATE_TEST_CASE("changed epochs are told for as long as is asked", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    accounts.create("bob@example.org");
    value(accounts->raise_epoch(ada.id));
    CHECK(value(accounts->epochs_changed(10s)).size() == 1);
    accounts.pass(11s);
    CHECK(value(accounts->epochs_changed(10s)).empty());
    CHECK(value(accounts->epochs_changed(24h)).size() == 1);
    const auto eve = accounts.create("eve@example.org");
    value(accounts->raise_epoch(eve.id));
    const auto both = value(accounts->epochs_changed(24h));
    REQUIRE(both.size() == 2);
    CHECK(both.front().user == eve.id);  // the newest first
}

TEMPLATE_TEST_CASE("the mix of hashes is counted by kind and cost", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    CHECK(value(accounts->hash_mix()).argon2id_by_cost.empty());
    accounts.create("a@example.org", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    for (const char* name : {"s", "t"}) {
        const std::string salt = std::string("$") + name + "aaaaaaaaaaaaaaaaaaaaa$aGFzaA";
        accounts.create(std::string(name) + "@example.org", "$argon2id$v=19$m=65536,t=4,p=1" + salt);
    }
    accounts.create("u@example.org", "$argon2id$v=19$m=65536");
    accounts.create("v@example.org", "$argon2id$v=19$m=65536,t=4,p=4$c2FsdA$aGFzaA");  // is verified by nobody here
    accounts.create("b@example.org", "$2b$12$abcdefghijklmnopqrstuv");
    accounts.create("c@example.org", "$2y$12$abcdefghijklmnopqrstuv");
    accounts.create("d@example.org", "$2a$04$abcdefghijklmnopqrstuv");
    accounts.create("e@example.org", "plain");
    const auto mix = value(accounts->hash_mix());
    CHECK(mix.argon2id_by_cost == std::vector<std::pair<crypto::HashCost, std::int64_t>>{
                                      {{std::size_t{65536} * 1024, 4}, 2}, {{std::size_t{19456} * 1024, 2}, 1}});
    CHECK(mix.bcrypt_by_cost == std::vector<std::pair<int, std::int64_t>>{{4, 1}, {12, 2}});
}

TEMPLATE_TEST_CASE("a database that answers is pinged", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    succeed(accounts->ping());
}
