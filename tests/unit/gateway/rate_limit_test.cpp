#include "gateway/guard/rate_limit.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;

const auto kHome = make_address("203.0.113.5");

// How many of `tries` pass.
unsigned passed(AddressLimit& limit, unsigned tries, const boost::asio::ip::address& address = kHome) {
    unsigned count = 0;
    for (unsigned i = 0; i < tries; ++i) count += limit.take(address).allowed ? 1U : 0U;
    return count;
}

boost::asio::ip::address numbered(std::uint32_t number) {
    return boost::asio::ip::address_v4(boost::asio::ip::address_v4::uint_type{0x0a000000} + number);
}

}  // namespace

TEST_CASE("a quota is written as count/amount and unit") {
    struct Row {
        std::string_view text;
        unsigned count;
        std::chrono::seconds window;
    };
    for (const Row& row : {Row{"60/1m", 60, 60s}, Row{"10/30s", 10, 30s}, Row{"100/1h", 100, 1h}, Row{"1/24h", 1, 24h},
                           Row{"1000000/1s", 1'000'000, 1s}, Row{"5/1440m", 5, 24h}}) {
        INFO(row.text);
        const auto quota = parse_rate_quota(row.text);
        REQUIRE(quota);
        CHECK(quota->count == row.count);
        CHECK(quota->window == row.window);
    }
}

TEST_CASE("anything else is no quota") {
    for (const auto* text : {"",
                             "60",
                             "/",
                             "60/",
                             "/1m",
                             "60/m",
                             "60/1",
                             "60/1d",
                             "60/1M",
                             "0/1m",
                             "60/0m",
                             "-1/1m",
                             "+1/1m",
                             "60/-1m",
                             "60 /1m",
                             "60/ 1m",
                             "60/1m ",
                             "6x/1m",
                             "60/1xm",
                             "60/1m/1m",
                             "1.5/m",
                             "60/25h",
                             "off",
                             "1000001/1m",
                             "60/1441m",
                             "99999999999/1m",
                             "60/99999999999m",
                             "60//1m"}) {
        INFO(text);
        CHECK_FALSE(parse_rate_quota(text));
    }
}

TEST_CASE("the whole quota may be used at once, and not one more") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({60, 60s}, 64, clock);
    for (unsigned left = 60; left-- > 0;) {
        const auto decision = limit.take(kHome);
        CHECK(decision.allowed);
        CHECK(decision.remaining == left);
        CHECK(decision.reset == std::chrono::seconds(60 - left));
        CHECK(decision.retry_after == 0s);
    }
    const auto refused = limit.take(kHome);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.remaining == 0);
    CHECK(refused.retry_after == 1s);
    CHECK(refused.reset == 60s);
}

TEST_CASE("it comes back one by one, evenly over the window") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({6, 60s}, 64, clock);
    CHECK(passed(limit, 10) == 6);
    for (int i = 0; i < 5; ++i) {
        clock.advance(9'999ms);
        CHECK(passed(limit, 2) == 0);
        clock.advance(1ms);
        CHECK(passed(limit, 2) == 1);
    }
    clock.advance(60s);
    CHECK(passed(limit, 10) == 6);
    clock.advance(24h);
    CHECK(passed(limit, 10) == 6);
}

TEST_CASE("no window holds more than twice the quota, however it is spread") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({10, 10s}, 64, clock);
    unsigned in_first_window = 0;
    for (int i = 0; i < 100; ++i) {
        in_first_window += passed(limit, 3);
        clock.advance(100ms);
    }
    CHECK(in_first_window == 19);  // 10 at once, and one per second of the nine that follow
}

TEST_CASE("a refused try costs nothing") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({2, 10s}, 64, clock);
    CHECK(passed(limit, 1000) == 2);
    clock.advance(5s);
    CHECK(passed(limit, 1) == 1);
}

TEST_CASE("retry_after is rounded up to whole seconds, is at least one, and is true") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({4, 10s}, 64, clock);  // one every 2.5 s
    CHECK(passed(limit, 4) == 4);
    CHECK(limit.take(kHome).retry_after == 3s);
    clock.advance(600ms);
    CHECK(limit.take(kHome).retry_after == 2s);
    clock.advance(1'899ms);
    const auto soon = limit.take(kHome);
    CHECK_FALSE(soon.allowed);
    CHECK(soon.retry_after == 1s);
    clock.advance(std::chrono::milliseconds(soon.retry_after));
    CHECK(limit.take(kHome).allowed);
}

TEST_CASE("what is given back can be taken again, and never adds to the quota") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({3, 60s}, 64, clock);
    for (int i = 0; i < 100; ++i) {
        CHECK(limit.take(kHome).allowed);
        limit.refund(kHome);
    }
    for (int i = 0; i < 10; ++i) limit.refund(kHome);
    limit.refund(make_address("192.0.2.1"));  // who took nothing
    CHECK(passed(limit, 10) == 3);
    CHECK(passed(limit, 10, make_address("192.0.2.1")) == 3);
    limit.refund(kHome);
    CHECK(passed(limit, 10) == 1);
}

TEST_CASE("IPv4 addresses count singly, IPv6 addresses by /64") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({1, 60s}, 1024, clock);
    CHECK(passed(limit, 1, make_address("203.0.113.1")) == 1);
    CHECK(passed(limit, 1, make_address("203.0.113.2")) == 1);
    CHECK(passed(limit, 1, make_address("203.0.113.1")) == 0);

    CHECK(passed(limit, 1, make_address("2001:db8:0:1::1")) == 1);
    CHECK(passed(limit, 1, make_address("2001:db8:0:1:ffff:ffff:ffff:ffff")) == 0);
    CHECK(passed(limit, 1, make_address("2001:db8:0:2::1")) == 1);
    limit.refund(make_address("2001:db8:0:1::7"));
    CHECK(passed(limit, 1, make_address("2001:db8:0:1::1")) == 1);

    // An IPv4 address and an IPv6 prefix with the same bytes are not the same.
    CHECK(passed(limit, 1, make_address("32.1.13.184")) == 1);
    CHECK(passed(limit, 1, make_address("2001:db8::")) == 1);
}

TEST_CASE("an IPv4 address written as IPv6 is that IPv4 address, not one of a /64 that all share") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({1, 60s}, 1024, clock);
    CHECK(passed(limit, 1, make_address("::ffff:203.0.113.1")) == 1);
    CHECK(passed(limit, 1, make_address("::ffff:203.0.113.2")) == 1);
    CHECK(passed(limit, 1, make_address("203.0.113.1")) == 0);
}

TEST_CASE("a full table forgets who is nearest to having the quota back, and goes on limiting") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({5, 60s}, 8, clock);  // one bucket of eight
    for (std::uint32_t i = 0; i < 8; ++i) CHECK(passed(limit, i == 3 ? 1 : 5, numbered(i)) > 0);
    CHECK(passed(limit, 9, numbered(8)) == 5);  // takes number 3's place, who had used one only
    CHECK(passed(limit, 9, numbered(8)) == 0);
    for (std::uint32_t i = 0; i < 8; ++i) {
        if (i == 3) continue;
        INFO(i);
        CHECK(passed(limit, 9, numbered(i)) == 0);
    }
}

TEST_CASE("a stranger's flood of addresses frees nobody who has used the quota up more recently") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({5, 60s}, 8, clock);
    CHECK(passed(limit, 9) == 5);
    // Each stranger takes one: of the eight places it is always a stranger's that is the nearest to free.
    for (std::uint32_t i = 0; i < 1000; ++i) CHECK(passed(limit, 1, numbered(i)) == 1);
    CHECK(passed(limit, 9) == 0);
}

TEST_CASE("a table of any size limits: it is rounded up to one bucket at least") {
    gatehouse::test::FakeClock clock;
    for (const std::size_t entries : {std::size_t{0}, std::size_t{1}, std::size_t{9}}) {
        AddressLimit limit({2, 60s}, entries, clock);
        CHECK(passed(limit, 9) == 2);
    }
}

TEST_CASE("eight threads at once never pass more than the quota") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({500, 60s}, 64, clock);
    std::atomic<unsigned> all{0};
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { all += passed(limit, 1000); });
    for (auto& thread : threads) thread.join();
    CHECK(all == 500);
    clock.advance(12s);
    CHECK(passed(limit, 1000) == 100);
}

TEST_CASE("the header fields say the quota, what is left and when it is back") {
    gatehouse::test::FakeClock clock;
    AddressLimit limit({2, 60s}, 64, clock);
    CHECK(rate_limit_policy({2, 60s}) == R"("login";q=2;w=60)");
    CHECK(rate_limit_state(limit.take(kHome)) == R"("login";r=1;t=30)");
    CHECK(rate_limit_state(limit.take(kHome)) == R"("login";r=0;t=60)");
    clock.advance(10s);
    CHECK(rate_limit_state(limit.take(kHome)) == R"("login";r=0;t=20)");
}

TEST_CASE("who is counted: an IPv4 address, however written, or an IPv6 /64") {
    const auto counted = [](const char* text) { return limited_address(make_address(text)).to_string(); };
    CHECK(counted("203.0.113.5") == "203.0.113.5");
    CHECK(counted("::ffff:203.0.113.5") == "203.0.113.5");
    CHECK(counted("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
    CHECK(counted("2001:db8:1:2::") == "2001:db8:1:2::");
}

}  // namespace gatehouse::gateway
