// A connected socket, TCP or Unix, plain or TLS, of one loop: non-blocking reads and writes, and waits that end at a
// deadline.
//
// Reads and writes are plain system calls; only waiting is asynchronous. That saves the speculative call of
// async_read_some on an idle connection, needs no buffer while idle, and instantiates almost nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "web/io.hpp"
#include "web/tls_session.hpp"

namespace gatehouse::web {

class Stream {
    class Wait;

public:
    // Takes the descriptor over, also if it throws (system_error: the reactor has no room), and makes it non-blocking.
    Stream(Loop& loop, int fd);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Shakes hands; from then on all that is read and written is TLS's. `tls` is one of fd(). After plain_http the
    // client has not been told anything, and bytes are written as they are.
    Task<TlsSession::Handshake> start_tls(TlsSession tls, Deadline by);
    // Why the handshake failed, or why a peer that did not like our side of it ended the connection.
    [[nodiscard]] TlsFailure tls_failure() const noexcept { return tls_ ? tls_->failure() : TlsFailure{}; }

    [[nodiscard]] Io read(std::span<char> into) noexcept;
    [[nodiscard]] Io write(std::string_view bytes) noexcept;

    // Awaited: true when it can be read (written) or has ended; false at the deadline and after cancel().
    [[nodiscard]] Wait readable(Deadline by) noexcept;
    [[nodiscard]] Wait writable(Deadline by) noexcept;
    // Everything written; false: the deadline passed or the connection is lost.
    Task<bool> write_all(std::string_view bytes, Deadline by);

    // Ends what is sent and reads on for a moment: closing with unread bytes would reset the connection, and the peer
    // might lose the last answer (RFC 9112 section 9.6).
    Task<> linger();

    // Ends the wait under way, if any.
    void cancel() noexcept;
    [[nodiscard]] int fd() noexcept { return descriptor_.native_handle(); }

private:
    using Direction = asio::posix::descriptor_base::wait_type;

    asio::posix::basic_stream_descriptor<Executor> descriptor_;
    WheelTimer timer_;
    std::optional<TlsSession> tls_;  // none: plain
};

// Not a coroutine: it is waited for twice in every request.
class Stream::Wait {
public:
    Wait(Stream& stream, Direction direction, Deadline by, bool at_once) noexcept
        : stream_(stream), direction_(direction), by_(by), ready_(at_once) {}
    [[nodiscard]] bool await_ready() const noexcept { return ready_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> by) noexcept {
        begin(Suspended(by));
    }
    [[nodiscard]] bool await_resume() const noexcept { return ready_; }

private:
    struct Handler;
    void begin(Suspended waiter) noexcept;

    Stream& stream_;
    Direction direction_;
    Deadline by_;
    bool ready_;
};

}  // namespace gatehouse::web
