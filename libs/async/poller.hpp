// Readiness of sockets for one loop: an epoll of its own, in which the loop waits, and Asio's with it.
//
// Asio's waits cost a system call per wait, wake a Unix-domain link each time its peer has read, and bring events one
// handler at a time. Here a descriptor is registered once (edge-triggered), all that is ready is looked at in one turn,
// and what was gathered meanwhile leaves together at the turn's end. Belongs to its loop and its thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/executor_work_guard.hpp>

#include "async/suspended.hpp"

struct epoll_event;

namespace gatehouse {

// Where Asio would wait for its own events (timers, posts from other threads, descriptors that it watches itself) it
// waits in the poller, which waits for those too (asio.cpp): one system call a turn instead of three.
// The context needs a timer, as every Loop has: it is what makes Asio wait for events at all. Asio handlers may call
// poll(); run() within one never returns. A child of fork() makes loops of its own.
class Poller {
public:
    explicit Poller(asio::io_context& loop);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // What Asio's reactor calls in the place of epoll_wait(2), with the same result: the events of its own epoll. A
    // turn of the poller has run meanwhile. A context without a poller waits as ever.
    static int wait_for_asio(asio::execution_context& context, int asio_epoll, epoll_event* events, int most,
                             int timeout_ms);

private:
    friend class Watch;
    friend class TurnEnd;
    struct Core;  // outlived by whatever is still destroyed with the loop's last handlers

    void learn(int asio_epoll);
    void keep_waiting();

    asio::io_context& loop_;
    std::shared_ptr<Core> core_;
    std::optional<asio::executor_work_guard<Executor>> guard_;
};

enum class Trigger : std::uint8_t {
    edge,   // told once per change: read until nothing is left (man 7 epoll)
    level,  // told in every turn while there is something to read
};

// One descriptor's place in the poller. Its owner closes the descriptor after this is gone.
class Watch {
public:
    // `events`: EPOLLIN, EPOLLRDHUP, EPOLLOUT, EPOLLERR, EPOLLHUP. May destroy the watch.
    using Ready = void (*)(void* owner, std::uint32_t events);

    // Throws system_error if epoll has no room.
    Watch(Poller& poller, int fd, Trigger trigger, Ready ready, void* owner);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // EPOLLOUT too, or no longer: asked for only while somebody waits for it. At once if it is writable already.
    void want_writable(bool wanted) noexcept;

private:
    friend class Poller;
    const std::shared_ptr<Poller::Core> core_;
    const int fd_;
    const std::uint32_t trigger_;
    const Ready ready_;
    void* const owner_;
};

// Something to do once when all that this turn of the loop brought has been looked at; outside a turn, soon.
class TurnEnd {
public:
    using Run = void (*)(void* owner);
    TurnEnd(Poller& poller, Run run, void* owner);
    ~TurnEnd();
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;

    void ask();  // however often: once

private:
    friend class Poller;
    asio::io_context& loop_;
    const std::shared_ptr<Poller::Core> core_;
    const Run run_;
    void* const owner_;
    bool asked_ = false;
};

}  // namespace gatehouse
