// A connected socket, TCP or Unix, plain or TLS, of one loop: non-blocking reads and writes, and waits that end at a
// deadline.
//
// Reads and writes are plain system calls; only waiting is asynchronous. That needs no buffer while idle, and no system
// call to wait.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

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

    // Nothing has come since all was read, and the peer has not ended it: as far as the loop's last turn tells.
    [[nodiscard]] bool silent() const noexcept { return !readable_ && !(tls_ && tls_->has_bytes()); }

    // Ends the wait under way, if any.
    void cancel() noexcept;
    [[nodiscard]] int fd() const noexcept { return owned_.fd; }

private:
    enum class Direction : std::uint8_t { read, write };

    static void on_ready(void* self, std::uint32_t events);
    static void abandoned(void* self);
    [[nodiscard]] Suspended end_wait(bool ready) noexcept;
    void all_read() noexcept { readable_ = ended_; }

    struct Owned {
        const int fd;
        ~Owned();
    };
    Owned owned_;  // outlives its watch
    Watch watch_;
    WheelTimer timer_;
    std::optional<TlsSession> tls_;  // none: plain
    Wait* waiting_ = nullptr;
    bool readable_ = false;  // told by an edge, until a read finds nothing more
    bool ended_ = false;     // the peer sends nothing more, or is gone: stays readable
};

// Not a coroutine: it is waited for twice in every request.
class Stream::Wait {
public:
    Wait(Stream& stream, Direction direction, Deadline by, bool at_once) noexcept
        : stream_(stream), direction_(direction), by_(by), ready_(at_once) {}
    [[nodiscard]] bool await_ready() const noexcept { return ready_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> by) noexcept {
        waiter_ = Suspended(by);
        begin();
    }
    [[nodiscard]] bool await_resume() const noexcept { return ready_; }

private:
    friend class Stream;
    void begin() noexcept;

    Stream& stream_;
    const Direction direction_;
    const Deadline by_;
    bool ready_;
    Suspended waiter_;
};

}  // namespace gatehouse::web
