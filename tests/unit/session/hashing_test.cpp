#include "session/login/hashing.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

const std::string kBcrypt = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";  // "abc"

Hashing::Options tiny(std::size_t slots = 2) { return {.slots = slots, .cost = {.memory_bytes = 8192, .passes = 1}}; }

Hashing::Password password(std::string_view text) { return std::make_shared<const Secret>(text); }

Deadline soon() { return Deadline::after(30s); }

TEST_CASE("a hash that the pool makes is verified by the pool") {
    Loop loop(0);
    Hashing hashing(tiny());
    const auto ticket = hashing.admit().value();
    const auto hash = test::run_task(loop, hashing.hash(ticket, password("a good password"), soon())).value();
    CHECK(test::run_task(loop, hashing.verify(ticket, hash, password("a good password"), soon())).value());
    CHECK_FALSE(test::run_task(loop, hashing.verify(ticket, hash, password("a bad password"), soon())).value());
    CHECK_FALSE(hashing.needs_rehash(hash, *password("a good password")));
}

TEST_CASE("bcrypt verifies, needs a rehash, and obeys the cost limit") {
    Loop loop(0);
    Hashing hashing(tiny());
    const auto ticket = hashing.admit().value();
    CHECK(test::run_task(loop, hashing.verify(ticket, kBcrypt, password("abc"), soon())).value());
    CHECK(hashing.needs_rehash(kBcrypt, *password("abc")));
    auto strict = tiny();
    strict.bcrypt_max_cost = 5;
    Hashing refusing(strict);
    const auto other = refusing.admit().value();
    CHECK_FALSE(test::run_task(loop, refusing.verify(other, kBcrypt, password("abc"), soon())).value());
}

TEST_CASE("slots and queue bound the tickets") {
    auto options = tiny(2);
    options.queue = 3;
    Hashing hashing(options);
    std::vector<Hashing::Ticket> held;
    while (auto ticket = hashing.admit()) held.push_back(std::move(*ticket));
    CHECK(held.size() == 5);
}

TEST_CASE("bcrypt takes at most half of the slots") {
    Loop loop(0);
    Hashing hashing(tiny(2));
    std::vector<Hashing::Ticket> tickets;
    int ended = 0;
    auto one = [&](std::string stored) -> Task<> {
        const auto ticket = hashing.admit().value();
        auto result = co_await hashing.verify(ticket, std::move(stored), password("abc"), soon());
        CHECK(result.has_value());
        ++ended;
    };
    for (int i = 0; i < 8; ++i) loop.tasks.spawn("bcrypt", one(kBcrypt));
    std::size_t most = 0;
    CHECK(test::turn_until(loop, [&] {
        most = std::max(most, hashing.running());
        return ended == 8;
    }));
    CHECK(most == 1);
}

TEST_CASE("a password that nobody verifies any more is wiped by the last who holds it") {
    Loop loop(0);
    std::weak_ptr<const Secret> watch;
    {
        Hashing hashing(tiny(1));
        const auto ticket = hashing.admit().value();
        auto secret = password("abc");
        watch = secret;
        auto late = test::run_task(loop, hashing.verify(ticket, kBcrypt, std::move(secret), Deadline::after(0ms)));
        CHECK((!late || *late));  // the deadline or the verdict, whichever was first
    }
    test::turn_for(loop, 5ms);
    CHECK(watch.expired());
}

}  // namespace
}  // namespace gatehouse::session
