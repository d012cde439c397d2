#include "session/login/decoys.hpp"

#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "session/accounts/email_key.hpp"
#include "support/catch.hpp"

namespace gatehouse::session {
namespace {

using crypto::HashCost;
using crypto::HashKind;

constexpr int kMaxCost = 12;
constexpr HashCost kTiny{.memory_bytes = 8192, .passes = 1};

crypto::Subkey key(std::string_view secret = "a secret of the tests, 32 bytes!") { return {secret, "decoy"}; }

EmailKey address(int number) { return email_key("user" + std::to_string(number) + "@example.com"); }

// 0: argon2id, else the bcrypt cost.
int kind_of(const std::string& hash) {
    const auto info = crypto::inspect_hash(hash);
    REQUIRE(info.kind != HashKind::unknown);
    return info.bcrypt_cost;
}

std::map<int, int> spread(const Decoys& decoys, int addresses) {
    std::map<int, int> count;
    for (int i = 0; i < addresses; ++i) ++count[kind_of(decoys.pick(address(i)))];
    return count;
}

TEST_CASE("without a mix every decoy is argon2id at the default cost") {
    Decoys decoys(key(), HashCost{}, kMaxCost);
    for (int i = 0; i < 50; ++i) {
        const auto info = crypto::inspect_hash(decoys.pick(address(i)));
        CHECK(info.kind == HashKind::argon2id);
        CHECK(info.argon2 == HashCost{});
    }
    decoys.set_mix({.argon2id_by_cost = {}, .bcrypt_by_cost = {}});
    CHECK(kind_of(decoys.pick(address(1))) == 0);
}

TEST_CASE("argon2id decoys cost exactly what new hashes cost") {
    for (const HashCost& cost : {kTiny, HashCost{.memory_bytes = 16384, .passes = 3}}) {
        const Decoys decoys(key(), cost, kMaxCost);
        CHECK(crypto::inspect_hash(decoys.pick(address(1))).argon2 == cost);
    }
}

TEST_CASE("kinds and costs are drawn in the proportion in which the accounts have them") {
    Decoys decoys(key(), kTiny, kMaxCost);
    decoys.set_mix({.argon2id_by_cost = {{kTiny, 500}}, .bcrypt_by_cost = {{10, 300}, {12, 200}}});
    constexpr int kAddresses = 20000;
    auto count = spread(decoys, kAddresses);
    CHECK(count.size() == 3);
    // Five standard deviations of the binomial distribution; the key is fixed, so this passes always or never.
    for (const auto& [kind, share] : std::map<int, double>{{0, 0.5}, {10, 0.3}, {12, 0.2}}) {
        const double allowed = 5 * std::sqrt(kAddresses * share * (1 - share));
        INFO("kind " << kind << ": " << count[kind]);
        CHECK(std::abs(count[kind] - kAddresses * share) < allowed);
    }
}

TEST_CASE("argon2id decoys have the costs of the accounts, those of new hashes last") {
    constexpr HashCost kOld{.memory_bytes = 16384, .passes = 3};
    constexpr HashCost kImported{.memory_bytes = 65536, .passes = 4};
    Decoys decoys(key(), kTiny, kMaxCost);
    decoys.set_mix({.argon2id_by_cost = {{kTiny, 100}, {kImported, 100}, {kOld, 200}}, .bcrypt_by_cost = {}});
    std::map<std::size_t, int> count;
    for (int i = 0; i < 4000; ++i) ++count[crypto::inspect_hash(decoys.pick(address(i))).argon2.memory_bytes];
    CHECK(count.size() == 3);
    CHECK(std::abs(count[kOld.memory_bytes] - 2000) < 160);
    CHECK(std::abs(count[kImported.memory_bytes] - 1000) < 140);
    CHECK(std::abs(count[kTiny.memory_bytes] - 1000) < 140);
    constexpr HashCost kHuge{.memory_bytes = std::size_t{256} << 20, .passes = 2};  // no stranger may choose that
    decoys.set_mix({.argon2id_by_cost = {{kHuge, 100}}, .bcrypt_by_cost = {}});
    for (int i = 0; i < 20; ++i) CHECK(crypto::inspect_hash(decoys.pick(address(i))).argon2 == kTiny);
    for (const HashCost& cost : {kTiny, kOld, kImported}) {
        const auto hash = crypto::unknown_argon2id(cost);
        CHECK(crypto::inspect_hash(hash).argon2 == cost);
        CHECK(crypto::verify_password(hash, "a good password", kMaxCost) == false);
    }
}

TEST_CASE("an address keeps its decoy; another key deals anew") {
    Decoys decoys(key(), kTiny, kMaxCost);
    Decoys same(key(), kTiny, kMaxCost);
    Decoys other(key("another secret of the tests, 32!"), kTiny, kMaxCost);
    const HashMix half{.argon2id_by_cost = {{kTiny, 1}}, .bcrypt_by_cost = {{5, 1}}};
    for (Decoys* each : {&decoys, &same, &other}) each->set_mix(half);
    int differ = 0;
    for (int i = 0; i < 1000; ++i) {
        const int kind = kind_of(decoys.pick(address(i)));
        CHECK(kind == kind_of(same.pick(address(i))));
        differ += kind != kind_of(other.pick(address(i)));
    }
    CHECK(differ > 400);
    CHECK(differ < 600);
}

TEST_CASE("one account more moves hardly any address to another kind, and none back to bcrypt") {
    Decoys decoys(key(), kTiny, kMaxCost);
    std::vector<int> before;
    decoys.set_mix({.argon2id_by_cost = {{kTiny, 500}}, .bcrypt_by_cost = {{10, 500}}});
    for (int i = 0; i < 2000; ++i) before.push_back(kind_of(decoys.pick(address(i))));
    decoys.set_mix({.argon2id_by_cost = {{kTiny, 520}}, .bcrypt_by_cost = {{10, 480}}});  // twenty were made anew
    int moved = 0;
    for (int i = 0; i < 2000; ++i) {
        const int now = kind_of(decoys.pick(address(i)));
        if (now == before[static_cast<std::size_t>(i)]) continue;
        CHECK(now == 0);
        ++moved;
    }
    CHECK(moved > 10);
    CHECK(moved < 90);
}

TEST_CASE("costs without a decoy, or that may not be verified, count as the nearest that may") {
    Decoys decoys(key(), kTiny, kMaxCost);
    decoys.set_mix({.argon2id_by_cost = {}, .bcrypt_by_cost = {{31, 1}}});
    CHECK(kind_of(decoys.pick(address(1))) == 12);
    decoys.set_mix({.argon2id_by_cost = {{kTiny, -5}}, .bcrypt_by_cost = {{3, 1}, {6, 0}, {7, -1}}});
    CHECK(kind_of(decoys.pick(address(1))) == 4);
}

TEST_CASE("there is a bcrypt decoy of every cost from 4 to 16") {
    for (int cost = 4; cost <= 16; ++cost) {
        Decoys decoys(key(), kTiny, 31);
        decoys.set_mix({.argon2id_by_cost = {}, .bcrypt_by_cost = {{cost, 1}}});
        CHECK(kind_of(decoys.pick(address(1))) == cost);
    }
}

TEST_CASE("an account's own hash is verified, and only an active account may succeed") {
    const Decoys decoys(key(), kTiny, kMaxCost);
    Account account;
    account.password_hash = crypto::hash_password("a good password", kTiny).value();
    account.active = true;
    auto candidate = decoys.candidate(address(1), account);
    CHECK(candidate.hash == account.password_hash);
    CHECK(candidate.may_succeed);
    account.active = false;
    candidate = decoys.candidate(address(1), account);
    CHECK(candidate.hash == account.password_hash);
    CHECK_FALSE(candidate.may_succeed);
}

TEST_CASE("nobody's address, and a hash that cannot be verified, get a decoy and never succeed") {
    const Decoys decoys(key(), kTiny, kMaxCost);
    const auto nobody = decoys.candidate(address(1), std::nullopt);
    CHECK(nobody.hash == decoys.pick(address(1)));
    CHECK_FALSE(nobody.may_succeed);
    Account account;
    account.active = true;
    for (const char* stored : {"", "*", "plain text", "$1$salt$qjXMvbEw8oaL.CzflDtaK/",
                               "$2b$13$wu3o9UVcyLjmo1GNTZ6gVeN3UN9Sb6oyn.6dHi07SJLfPq3ersJdO"}) {
        account.password_hash = stored;
        const auto candidate = decoys.candidate(address(1), account);
        INFO(stored);
        CHECK(candidate.hash == decoys.pick(address(1)));
        CHECK_FALSE(candidate.may_succeed);
    }
}

TEST_CASE("the mix may change while decoys are drawn") {
    Decoys decoys(key(), kTiny, kMaxCost);
    std::atomic<bool> stop{false};
    std::thread changer([&] {
        for (int i = 0; !stop; ++i)
            decoys.set_mix({.argon2id_by_cost = {{kTiny, i % 3}}, .bcrypt_by_cost = {{4 + i % 9, 1 + i % 5}}});
    });
    int drawn = 0;
    for (int i = 0; i < 5000; ++i) drawn += !decoys.pick(address(i)).empty();
    stop = true;
    changer.join();
    CHECK(drawn == 5000);
}

}  // namespace
}  // namespace gatehouse::session
