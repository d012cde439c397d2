// hiredis' asynchronous context driven by Asio: one connection, from its first byte to its end. Private to libs/redis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <hiredis/async.h>

#include "async/io_threads.hpp"
#include "base/result.hpp"
#include "redis/reply_builder.hpp"

namespace gatehouse::redis {

// hiredis frees its context by itself after an error, so a Link outlives it, and closes the descriptor.
class Link : public std::enable_shared_from_this<Link> {
public:
    enum class Phase : std::uint8_t { connecting, up, down };

    struct Limits {
        std::chrono::milliseconds stall;  // no byte for so long while a reply is due: the connection is dead
        std::size_t reply_bytes;
    };

    // Called exactly once for every command that was sent, with its `context`: with the reply, which may be moved from
    // and dies after the call, or with null when the connection ended first.
    using OnReply = void (*)(Link& link, Reply* reply, void* context);

    // `changed` is called from the loop, never from within a call of ours, when the phase becomes up or down.
    Link(Loop& loop, Limits limits, OnReply on_reply, std::function<void()> changed);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Begin to connect; `ip` is an address, not a name (hiredis would resolve it blocking).
    void open_tcp(const std::string& ip, std::uint16_t port);
    void open_unix(const std::string& path);

    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] const Error& why() const noexcept { return why_; }  // once it is down

    // Queues one command; it is written at the end of this turn of the loop. False: the link is down.
    bool send(std::string_view command, void* context);

    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

    // Ends the connection now: what is in flight is answered with null, why() says `why`.
    void drop(Error why);

private:
    struct Hooks;  // the C callbacks of hiredis

    void adopt(redisAsyncContext* context);
    static void on_ready(void* self, std::uint32_t events);
    void wait_writable();
    void readable();
    void flush();
    void connected(bool ok);
    void context_gone();
    void stalled();
    void notify();
    [[nodiscard]] Error context_error() const;

    Loop& loop_;
    const Limits limits_;
    const OnReply on_reply_;
    std::function<void()> changed_;
    std::optional<Watch> watch_;  // while there is a context
    TurnEnd flush_;
    ReplyBuilder builder_;
    redisAsyncContext* context_ = nullptr;
    Phase phase_ = Phase::connecting;
    Error why_;
    WheelTimer stall_timer_;
    SteadyTime progress_{};  // the last byte read, or the first command after a pause
    std::size_t in_flight_ = 0;
    bool writing_ = false;  // waiting until the socket takes more
    bool flushing_ = false;
};

}  // namespace gatehouse::redis
