#include "async/io_threads.hpp"

#include <atomic>
#include <set>
#include <thread>

#include "support/catch.hpp"

namespace gatehouse {
namespace {

TEST_CASE("each loop runs on one thread of its own") {
    IoThreads loops(3);
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
    IoThreads loops(2);
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
        IoThreads loops(2);
        loops.start();
        asio::post(loops[0].context, [&] { loops.stop(); });
        loops.stop();
        loops.join();
    }
    SUCCEED();
}

TEST_CASE("loops that never started end without waiting") {
    IoThreads loops(2);
    asio::post(loops[1].context, [] { FAIL("nothing runs before start()"); });
}

}  // namespace
}  // namespace gatehouse
