// A connected socket, TCP or Unix, of one loop: non-blocking reads and writes, and waits that end at a deadline.
//
// Reads and writes are plain system calls; only waiting is asynchronous. That saves the speculative call of
// async_read_some on an idle connection, needs no buffer while idle, and instantiates almost nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"

namespace gatehouse::web {

struct Io {
    enum class State : std::uint8_t { done, would_block, ended };  // ended: end of stream, or the connection is lost
    State state;
    std::size_t bytes = 0;
};

class Stream {
public:
    // Takes the descriptor over, also if it throws (system_error: the reactor has no room), and makes it non-blocking.
    Stream(Loop& loop, int fd);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] Io read(std::span<char> into) noexcept;
    [[nodiscard]] Io write(std::string_view bytes) noexcept;

    // True when it can be read (written) or has ended; false at the deadline and after cancel().
    Task<bool> readable(Deadline by);
    Task<bool> writable(Deadline by);
    // Everything written; false: the deadline passed or the connection is lost.
    Task<bool> write_all(std::string_view bytes, Deadline by);

    // Ends what is sent and reads on for a moment: closing with unread bytes would reset the connection, and the peer
    // might lose the last answer (RFC 9112 section 9.6).
    Task<> linger();

    // Ends the wait under way, if any.
    void cancel() noexcept;
    [[nodiscard]] int fd() noexcept { return descriptor_.native_handle(); }

private:
    asio::posix::basic_stream_descriptor<Executor> descriptor_;
    WheelTimer timer_;
};

}  // namespace gatehouse::web
