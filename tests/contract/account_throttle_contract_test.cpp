// The account contract, part one: sign-in attempts and the throttle. Every test runs on every database.
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "contract/account_backend_list.hpp"
#include "contract/account_fixture.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;
using session::Attempt;
using session::Throttled;
using session::ThrottleRule;
using session::Verdict;

namespace {

constexpr unsigned kThreads = 8;

struct Tally {
    std::atomic<unsigned> admitted{0};
    std::atomic<unsigned> refused{0};
    std::atomic<unsigned> errors{0};
};

}  // namespace

TEMPLATE_TEST_CASE("of 200 simultaneous guesses exactly the limit is admitted", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("known@example.org");
    const std::string email = GENERATE("known@example.org", "unknown@example.org");
    const bool with_verdict = GENERATE(true, false);
    Tally tally;
    run_together(kThreads, 200, [&](unsigned) {
        auto admission = accounts->begin_attempt(key_of(email), kFiveIn15Minutes, kSomebody);
        if (!admission) {
            ++tally.errors;
        } else if (auto* attempt = std::get_if<Attempt>(&*admission)) {
            ++tally.admitted;
            if (with_verdict && !accounts->finish_attempt(attempt->id, Verdict::failed)) ++tally.errors;
        } else {
            ++tally.refused;
        }
    });
    CHECK(tally.errors == 0);
    CHECK(tally.admitted == 5);
    CHECK(tally.refused == 195);
    CHECK(accounts.ask("SELECT COUNT(*) FROM login_attempts") == "5\n");
}

TEMPLATE_TEST_CASE("50 simultaneous correct sign-ins all get in under a limit that has room for them", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    std::atomic<unsigned> in{0};
    run_together(kThreads, 50, [&](unsigned) {
        auto admission = accounts->begin_attempt(key_of("ada@example.org"), ThrottleRule{50, 15min}, kSomebody);
        if (!admission) return;
        auto* attempt = std::get_if<Attempt>(&*admission);
        if (attempt && attempt->account && accounts->finish_attempt(attempt->id, Verdict::success)) ++in;
    });
    CHECK(in == 50);
}

TEMPLATE_TEST_CASE("of simultaneous correct sign-ins over the limit the excess is told to come back in one second", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    std::vector<Attempt> open;
    for (int i = 0; i < 5; ++i) open.push_back(accounts.admitted("ada@example.org"));
    CHECK(accounts.refused("ada@example.org") == 1);  // nobody has failed: a verdict is near
    succeed(accounts->finish_attempt(open[2].id, Verdict::success));
    CHECK(accounts.admitted("ada@example.org").account);

    std::atomic<unsigned> in{0};
    std::atomic<unsigned> wrong{0};
    run_together(kThreads, 50, [&](unsigned) {
        for (const auto end = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < end;) {
            auto admission = accounts->begin_attempt(key_of("ada@example.org"), kFiveIn15Minutes, kSomebody);
            if (!admission) {
                ++wrong;
                return;
            }
            if (auto* attempt = std::get_if<Attempt>(&*admission)) {
                if (accounts->finish_attempt(attempt->id, Verdict::success)) ++in;
                return;
            }
            if (std::get<Throttled>(*admission).retry_after != 1s) ++wrong;
        }
    });
    CHECK(wrong == 0);
    CHECK(in == 50);
}

TEMPLATE_TEST_CASE("a refused try stores nothing and is told when the oldest counted failure leaves the window", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    // A server's clock goes on while the test runs: steps of a minute leave a slow machine its time.
    for (int i = 0; i < 5; ++i) {
        accounts.finish("nobody@example.org", Verdict::failed);
        accounts.pass(60s);
    }
    const auto seconds = accounts.refused("nobody@example.org");  // the first of them is 300 s old
    CHECK((seconds <= 600 && seconds > 540));
    CHECK(accounts.ask("SELECT COUNT(*) FROM login_attempts") == "5\n");
    accounts.pass(500s);
    CHECK(accounts.refused("nobody@example.org") <= 100);
    accounts.pass(100s);
    accounts.finish("nobody@example.org", Verdict::failed);
    const auto next = accounts.refused("nobody@example.org");  // the second one's turn
    CHECK((next <= 60 && next >= 1));
}

TEMPLATE_TEST_CASE("a pending attempt older than 60 seconds counts as a failure", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 5; ++i) accounts.admitted("ada@example.org");
    CHECK(accounts.refused("ada@example.org") == 1);
    accounts.pass(20s);
    CHECK(accounts.refused("ada@example.org") == 1);
    accounts.pass(41s);
    const auto seconds = accounts.refused("ada@example.org");
    CHECK((seconds <= 839 && seconds > 800));
}

TEMPLATE_TEST_CASE("one open verdict among the newest counted attempts makes the wait one second", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 4; ++i) accounts.finish("ada@example.org", Verdict::failed);
    const auto open = accounts.admitted("ada@example.org");
    CHECK(accounts.refused("ada@example.org") == 1);
    succeed(accounts->finish_attempt(open.id, Verdict::failed));
    CHECK(accounts.refused("ada@example.org") > 800);
}

TEMPLATE_TEST_CASE("a success forgets the failures before it", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    for (int i = 0; i < 4; ++i) accounts.finish("ada@example.org", Verdict::failed);
    accounts.finish("ada@example.org", Verdict::success);
    for (int i = 0; i < 5; ++i) accounts.finish("ada@example.org", Verdict::failed);
    CHECK(accounts.refused("ada@example.org") > 800);
}

TEMPLATE_TEST_CASE("failures on one address do not count for another", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 5; ++i) accounts.finish("ada@example.org", Verdict::failed);
    accounts.admitted("bob@example.org");
    CHECK(accounts.refused("ADA@example.org ") > 800);  // the same address, written differently
}

TEMPLATE_TEST_CASE("a withdrawn attempt never happened, a verdict stays as it is", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    succeed(accounts->withdraw_attempt(accounts.admitted("ada@example.org").id));
    CHECK(accounts.ask("SELECT COUNT(*) FROM login_attempts") == "0\n");

    const auto failed = accounts.admitted("ada@example.org");
    succeed(accounts->finish_attempt(failed.id, Verdict::failed));
    succeed(accounts->finish_attempt(failed.id, Verdict::success));
    succeed(accounts->withdraw_attempt(failed.id));
    CHECK(accounts.ask("SELECT state FROM login_attempts") == "failed\n");
    CHECK_FALSE(value(accounts->load_account(key_of("ada@example.org"))).last_login_at);
}

TEMPLATE_TEST_CASE("only a success is a last login", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    const auto bob = accounts.create("bob@example.org");
    accounts.finish("ada@example.org", Verdict::failed);
    CHECK_FALSE(value(accounts->load_account(ada.id)).last_login_at);
    accounts.finish("ada@example.org", Verdict::success);
    const auto now = value(accounts->load_account(ada.id));
    REQUIRE(now.last_login_at);
    CHECK(*now.last_login_at - now.created_at < 1min);
    CHECK(*now.last_login_at >= now.created_at);
    CHECK_FALSE(value(accounts->load_account(bob.id)).last_login_at);
}

TEMPLATE_TEST_CASE("an attempt keeps who tried, cut and made printable, and no text of the address", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    const session::AttemptSource odd{std::string(60, '1'), "Mozilla\r\n\xff\xc3(" + std::string(400, 'x'), "browser"};
    value(accounts->begin_attempt(key_of("ada@example.org"), kFiveIn15Minutes, odd));
    CHECK(accounts.ask("SELECT ip_address FROM login_attempts") == std::string(45, '1') + "\n");
    CHECK(accounts.ask("SELECT user_agent FROM login_attempts") ==
          "Mozilla" + std::string(4, '?') + "(" + std::string(243, 'x') + "\n");
    CHECK(accounts.ask("SELECT user_id FROM login_attempts") == std::to_string(static_cast<long long>(ada.id)) + "\n");
    CHECK(accounts.ask("SELECT state FROM login_attempts") == "pending\n");
}

TEMPLATE_TEST_CASE("lockouts are the addresses that would be refused now, until they are cleared", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    const auto ada = accounts.create("ada@example.org");
    accounts.create("free@example.org");
    for (int i = 0; i < 5; ++i) accounts.finish("ada@example.org", Verdict::failed);
    for (int i = 0; i < 4; ++i) accounts.finish("free@example.org", Verdict::failed);
    accounts.finish("free@example.org", Verdict::success);
    accounts.finish("free@example.org", Verdict::failed);
    for (int i = 0; i < 5; ++i) accounts.finish("nobody@example.org", Verdict::failed);

    const auto lockouts = value(accounts->list_lockouts(kFiveIn15Minutes, 10));
    REQUIRE(lockouts.size() == 2);
    CHECK(lockouts[0].key == key_of("nobody@example.org"));
    CHECK_FALSE(lockouts[0].user);
    CHECK_FALSE(lockouts[0].email);
    CHECK(lockouts[1].user == ada.id);
    CHECK(lockouts[1].email == "ada@example.org");
    CHECK(lockouts[1].failures == 5);
    CHECK(lockouts[1].retry_after > 800s);
    CHECK(value(accounts->list_lockouts(kFiveIn15Minutes, 1)).size() == 1);

    CHECK(value(accounts->clear_lockout(key_of("ada@example.org"), 15min)) == 5);
    CHECK(value(accounts->clear_lockout(key_of("ada@example.org"), 15min)) == 0);
    accounts.admitted("ada@example.org");
    CHECK(value(accounts->list_lockouts(kFiveIn15Minutes, 10)).size() == 1);
    accounts.pass(15min);
    CHECK(value(accounts->list_lockouts(kFiveIn15Minutes, 10)).empty());
}

TEMPLATE_TEST_CASE("clearing a lockout forgets what counts and leaves older attempts for whoever looks into them", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 2; ++i) accounts.finish("ada@example.org", Verdict::failed);
    accounts.pass(20min);
    for (int i = 0; i < 5; ++i) accounts.finish("ada@example.org", Verdict::failed);
    CHECK(value(accounts->clear_lockout(key_of("ada@example.org"), 15min)) == 5);
    CHECK(accounts.ask("SELECT COUNT(*) FROM login_attempts") == "2\n");
    accounts.admitted("ada@example.org");
}

TEMPLATE_TEST_CASE("old attempts are forgotten in batches", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    for (int i = 0; i < 5; ++i) accounts.admitted("ada@example.org");
    accounts.pass(std::chrono::hours(2));
    accounts.admitted("ada@example.org");
    CHECK(value(accounts->forget_attempts(std::chrono::hours(1), 3)) == 3);
    CHECK(value(accounts->forget_attempts(std::chrono::hours(1), 3)) == 2);
    CHECK(value(accounts->forget_attempts(std::chrono::hours(1), 3)) == 0);
    CHECK(accounts.ask("SELECT COUNT(*) FROM login_attempts") == "1\n");
}
