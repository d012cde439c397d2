#include "metrics/registry.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"

namespace gatehouse::metrics {

using namespace std::chrono_literals;

namespace {

bool shows(const Registry& registry, const std::string& line) {
    return ("\n" + registry.render()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every series of a family exists at zero before anything happened") {
    Registry registry;
    auto logins =
        registry.counters("logins_total", "Sign-ins.", {{"outcome", {"success", "failed"}}, {"kind", {"a", "b"}}});
    [[maybe_unused]] const auto seconds = registry.histogram("login_seconds", "Time.", latency_seconds());
    CHECK(shows(registry, "# HELP gatehouse_logins_total Sign-ins."));
    CHECK(shows(registry, "# TYPE gatehouse_logins_total counter"));
    for (const auto* outcome : {"success", "failed"}) {
        for (const auto* kind : {"a", "b"}) {
            CHECK(shows(registry,
                        "gatehouse_logins_total{kind=\"" + std::string(kind) + "\",outcome=\"" + outcome + "\"} 0"));
        }
    }
    CHECK(shows(registry, "gatehouse_login_seconds_count 0"));
    CHECK(shows(registry, "gatehouse_login_seconds_bucket{le=\"+Inf\"} 0"));
}

TEST_CASE("a child is found by the indexes of its labels' values") {
    Registry registry;
    auto family = registry.counters("n_total", "N.", {{"x", {"a", "b", "c"}}, {"y", {"p", "q"}}});
    family.at({1, 1}).add();
    family.at({1, 1}).add(2);
    auto copy = family.at({2, 0});
    copy.add(5);
    CHECK(shows(registry, R"(gatehouse_n_total{x="b",y="q"} 3)"));
    CHECK(shows(registry, R"(gatehouse_n_total{x="c",y="p"} 5)"));
    CHECK(shows(registry, R"(gatehouse_n_total{x="a",y="p"} 0)"));
    CHECK_THROWS_AS(family.at({3, 0}), std::out_of_range);
    CHECK_THROWS_AS(family.at(0), std::out_of_range);
    CHECK_THROWS_AS(family.at({0, 2}), std::out_of_range);
}

TEST_CASE("histograms count into buckets whose upper ends belong to them") {
    Registry registry;
    auto seconds = registry.histograms("wait_seconds", "Wait.", {{"pool", {"db", "hashing"}}}, latency_seconds());
    seconds.at(0).observe(4ms);
    for (const std::chrono::nanoseconds value : {-1ns, 100000ns, 100001ns, 5000000000ns, 5000000001ns}) {
        seconds.at(1).observe(value);
    }
    CHECK(shows(registry, "# TYPE gatehouse_wait_seconds histogram"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="db",le="0.0025"} 0)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="db",le="0.005"} 1)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="db",le="+Inf"} 1)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_sum{pool="db"} 0.004)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_count{pool="db"} 1)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="hashing",le="0.0001"} 2)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="hashing",le="0.00025"} 3)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="hashing",le="5"} 4)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_bucket{pool="hashing",le="+Inf"} 5)"));
    CHECK(shows(registry, R"(gatehouse_wait_seconds_count{pool="hashing"} 5)"));
}

TEST_CASE("a value that somebody else keeps is read at each scrape") {
    Registry registry;
    std::atomic<int> depth = 4;
    registry.read_gauge("queue_depth", "Depth.", [&] { return static_cast<double>(depth); }, {{"pool", "db"}});
    registry.read_gauge("queue_depth", "Depth.", [] { return 9.0; }, {{"pool", "hashing"}});
    registry.read_counter("log_dropped_total", "Lines.", [] { return 2.0; });
    CHECK(shows(registry, R"(gatehouse_queue_depth{pool="db"} 4)"));
    CHECK(shows(registry, R"(gatehouse_queue_depth{pool="hashing"} 9)"));
    CHECK(shows(registry, "# TYPE gatehouse_log_dropped_total counter"));
    CHECK(shows(registry, "gatehouse_log_dropped_total 2"));
    depth = 5;
    CHECK(shows(registry, R"(gatehouse_queue_depth{pool="db"} 5)"));
}

TEST_CASE("a metric that is made twice is a mistake") {
    Registry registry;
    [[maybe_unused]] const auto first = registry.counter("a_total", "A.");
    CHECK_THROWS_AS(registry.counter("a_total", "A."), std::invalid_argument);
    CHECK_THROWS_AS(registry.read_gauge("a_total", "A.", [] { return 0.0; }), std::invalid_argument);
    registry.read_gauge("b", "B.", [] { return 0.0; });
    CHECK_THROWS_AS(registry.counter("b", "B."), std::invalid_argument);
    CHECK_THROWS_AS(registry.read_gauge("b", "B.", [] { return 0.0; }), std::invalid_argument);
    CHECK_THROWS_AS(registry.read_counter("b", "B.", [] { return 0.0; }, {{"x", "y"}}), std::invalid_argument);
}

TEST_CASE("a name that Prometheus would not take is a mistake") {
    Registry registry;
    for (const char* name : {"", "with space", "a-b"}) {
        CHECK_THROWS_AS(registry.counter(name, "A."), std::invalid_argument);
    }
    CHECK_THROWS_AS(registry.counters("a_total", "A.", {{"a-b", {"c"}}}), std::invalid_argument);
}

TEST_CASE("threads that count at once lose nothing, also while it is scraped") {
    Registry registry;
    auto counter = registry.counter("n_total", "N.");
    auto times = registry.histogram("n_seconds", "N.", std::array{0.5, 1.5, 2.5});
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([counter, times]() mutable {
                for (int i = 0; i < 10000; ++i) {
                    counter.add();
                    times.observe(std::chrono::seconds(i % 4));
                }
            });
        }
        for (int i = 0; i < 50; ++i) CHECK(registry.render().find("gatehouse_n_total") != std::string::npos);
    }
    CHECK(shows(registry, "gatehouse_n_total 40000"));
    CHECK(shows(registry, R"(gatehouse_n_seconds_bucket{le="1.5"} 20000)"));
    CHECK(shows(registry, "gatehouse_n_seconds_count 40000"));
    CHECK(shows(registry, "gatehouse_n_seconds_sum 60000"));
}

}  // namespace gatehouse::metrics
