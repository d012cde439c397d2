#include "async/io_threads.hpp"

#include <atomic>
#include <sched.h>
#include <set>
#include <system_error>
#include <thread>

#include "support/catch.hpp"

namespace gatehouse {
namespace {

TEST_CASE("each loop runs on one thread of its own") {
    IoThreads loops({.threads = 3});
    REQUIRE(loops.size() == 3);
    std::vector<std::thread::id> first(3);
    std::vector<std::thread::id> second(3);
    loops.start();
    loops.on_each([&](Loop& loop) { first[loop.index] = std::this_thread::get_id(); });
    loops.on_each([&](Loop& loop) { second[loop.index] = std::this_thread::get_id(); });
    CHECK(first == second);
    std::set<std::thread::id> threads(first.begin(), first.end());
    threads.insert(std::this_thread::get_id());
    CHECK(threads.size() == 4);
}

TEST_CASE("an idle loop keeps running until it is stopped") {
    IoThreads loops({.threads = 2});
    loops.start();
    std::atomic<int> ran{0};
    for (int round = 0; round < 100; ++round) loops.on_each([&](Loop&) { ++ran; });  // idle after each
    CHECK(ran == 200);
    loops.stop();
    loops.join();
    CHECK(loops[0].context.stopped());
    CHECK(loops[1].context.stopped());
}

TEST_CASE("loops can be stopped from one of their own threads and from outside at once") {
    for (int round = 0; round < 20; ++round) {
        IoThreads loops({.threads = 2});
        loops.start();
        asio::post(loops[0].context, [&] { loops.stop(); });
        loops.stop();
        loops.join();
    }
    SUCCEED();
}

TEST_CASE("loops take turns over the CPUs that they are given, and stay there") {
    cpu_set_t allowed;
    REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
    std::vector<unsigned> cpus;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && cpus.size() < 2; ++cpu) {
        if (CPU_ISSET(cpu, &allowed) != 0) cpus.push_back(cpu);
    }
    IoThreads loops({.threads = 3, .cpus = cpus});
    loops.start();
    std::vector<cpu_set_t> own(loops.size());
    loops.on_each([&](Loop& loop) { ::sched_getaffinity(0, sizeof own[loop.index], &own[loop.index]); });
    for (std::size_t i = 0; i < own.size(); ++i) {
        CHECK(CPU_COUNT(&own[i]) == 1);
        CHECK(CPU_ISSET(cpus[i % cpus.size()], &own[i]) != 0);
    }
    cpu_set_t after;
    REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&allowed, &after) != 0);  // of the loops' threads alone
}

TEST_CASE("a CPU that is not there is an error of the start") {
    IoThreads loops({.threads = 1, .cpus = {CPU_SETSIZE - 1}});
    CHECK_THROWS_AS(loops.start(), std::system_error);
}

TEST_CASE("loops that never started end without waiting") {
    IoThreads loops({.threads = 2});
    asio::post(loops[1].context, [] { FAIL("nothing runs before start()"); });
}

}  // namespace
}  // namespace gatehouse
