#include "async/poller.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "support/catch.hpp"
#include "support/run_task.hpp"

namespace gatehouse {
namespace {

// Two connected sockets.
struct Pair {
    Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void send() const { REQUIRE(::send(ends[1], "x", 1, MSG_NOSIGNAL) == 1); }
    void receive() const {
        char byte = 0;
        REQUIRE(::recv(ends[0], &byte, 1, 0) == 1);
    }
    std::array<int, 2> ends{};
};

// Counts what it is told.
struct Listener {
    Listener(Loop& loop, const Pair& pair, Trigger trigger) : watch(loop.poller, pair.ends[0], trigger, &told, this) {}
    static void told(void* self, std::uint32_t events) {
        auto& listener = *static_cast<Listener*>(self);
        ++listener.count;
        listener.events = events;
    }
    int count = 0;
    std::uint32_t events = 0;
    Watch watch;
};

void turn(Loop& loop) {
    loop.context.restart();
    loop.context.poll();
}

TEST_CASE("a change is told once, and the next one again") {
    Loop loop(0);
    const Pair pair;
    const Listener listener(loop, pair, Trigger::edge);
    turn(loop);
    CHECK(listener.count == 0);
    pair.send();
    turn(loop);
    turn(loop);
    CHECK(listener.count == 1);
    CHECK((listener.events & EPOLLIN) != 0);
    pair.send();
    turn(loop);
    CHECK(listener.count == 2);
}

TEST_CASE("by level it is told in each turn until all is read") {
    Loop loop(0);
    const Pair pair;
    const Listener listener(loop, pair, Trigger::level);
    pair.send();
    loop.context.poll_one();
    loop.context.poll_one();
    CHECK(listener.count == 2);
    pair.receive();
    turn(loop);
    CHECK(listener.count == 2);
}

TEST_CASE("that it can be written is told only to who asked") {
    Loop loop(0);
    const Pair pair;
    Listener listener(loop, pair, Trigger::edge);
    turn(loop);
    CHECK(listener.count == 0);
    listener.watch.want_writable(true);
    turn(loop);
    CHECK(listener.count == 1);
    CHECK((listener.events & EPOLLOUT) != 0);
    listener.watch.want_writable(false);
    turn(loop);
    CHECK(listener.count == 1);
}

TEST_CASE("the peer's end is told") {
    Loop loop(0);
    const Pair pair;
    const Listener listener(loop, pair, Trigger::edge);
    ::shutdown(pair.ends[1], SHUT_WR);
    turn(loop);
    CHECK((listener.events & EPOLLRDHUP) != 0);
}

// Each of two ends the other.
struct Rival {
    Rival(Loop& loop, const Pair& pair) : watch(std::in_place, loop.poller, pair.ends[0], Trigger::edge, &told, this) {}
    static void told(void* self, std::uint32_t /*events*/) {
        auto& rival = *static_cast<Rival*>(self);
        ++rival.count;
        rival.other->watch.reset();
    }
    Rival* other = nullptr;
    int count = 0;
    std::optional<Watch> watch;
};

TEST_CASE("a watch that goes within a turn is not told in it") {
    Loop loop(0);
    const Pair a;
    const Pair b;
    Rival first(loop, a);
    Rival second(loop, b);
    first.other = &second;
    second.other = &first;
    a.send();
    b.send();
    turn(loop);
    CHECK(first.count + second.count == 1);
}

// Writes down in which order things happen.
struct Gatherer {
    Gatherer(Loop& loop, const Pair& a, const Pair& b)
        : end(
              loop.poller, [](void* self) { static_cast<Gatherer*>(self)->said += "end "; }, this),
          first(loop.poller, a.ends[0], Trigger::edge, &told, this),
          second(loop.poller, b.ends[0], Trigger::edge, &told, this) {}
    static void told(void* self, std::uint32_t /*events*/) {
        auto& gatherer = *static_cast<Gatherer*>(self);
        gatherer.said += "told ";
        gatherer.end.ask();
    }
    std::string said;
    TurnEnd end;
    Watch first;
    Watch second;
};

TEST_CASE("what is asked for at a turn's end is done once, after all that the turn brought") {
    Loop loop(0);
    const Pair a;
    const Pair b;
    Gatherer gatherer(loop, a, b);
    a.send();
    b.send();
    turn(loop);
    CHECK(gatherer.said == "told told end ");
}

TEST_CASE("outside a turn it is done soon, and never once it is gone") {
    Loop loop(0);
    int done = 0;
    const auto count = [](void* counter) { ++*static_cast<int*>(counter); };
    TurnEnd stays(loop.poller, count, &done);
    {
        TurnEnd goes(loop.poller, count, &done);
        goes.ask();
    }
    stays.ask();
    stays.ask();
    CHECK(done == 0);
    turn(loop);
    CHECK(done == 1);
}

TEST_CASE("watches and turn ends may outlast their loop") {
    const Pair pair;
    std::unique_ptr<Listener> listener;
    std::optional<TurnEnd> end;
    {
        Loop loop(0);
        listener = std::make_unique<Listener>(loop, pair, Trigger::edge);
        end.emplace(loop.poller, [](void*) { FAIL("the loop is gone"); }, nullptr);
        end->ask();
    }
    listener->watch.want_writable(true);
    CHECK(listener->count == 0);
}

}  // namespace
}  // namespace gatehouse
