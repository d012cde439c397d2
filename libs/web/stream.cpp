#include "web/stream.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/system/system_error.hpp>
#include <sodium.h>

namespace gatehouse::web {
namespace {

Io outcome(ssize_t result) noexcept {
    if (result > 0) return {Io::State::done, static_cast<std::size_t>(result)};
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {Io::State::would_block};
    return {Io::State::ended};
}

}  // namespace

Stream::Stream(Loop& loop, int fd)
    : descriptor_(loop.context.get_executor()),
      timer_(loop.wheel, [](void* self) { static_cast<Stream*>(self)->cancel(); }, this) {
    boost::system::error_code error;
    descriptor_.assign(fd, error);
    if (error) {
        ::close(fd);
        throw boost::system::system_error(error);
    }
    descriptor_.native_non_blocking(true);
}

Stream::~Stream() {
    if (tls_) tls_->say_goodbye();
}

Task<TlsSession::Handshake> Stream::start_tls(TlsSession tls, Deadline by) {
    tls_.emplace(std::move(tls));
    auto state = tls_->handshake();
    while (state == TlsSession::Handshake::would_block) {
        const bool ready = co_await readable(by);
        state = ready ? tls_->handshake() : TlsSession::Handshake::failed;
    }
    if (state == TlsSession::Handshake::plain_http) tls_.reset();
    co_return state;
}

Io Stream::read(std::span<char> into) noexcept {
    return tls_ ? tls_->read(into) : outcome(::recv(fd(), into.data(), into.size(), 0));
}

Io Stream::write(std::string_view bytes) noexcept {
    return tls_ ? tls_->write(bytes) : outcome(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

// Either may have to wait for the other direction first, within TLS.
Stream::Wait Stream::readable(Deadline by) noexcept {
    const auto direction = tls_ && tls_->wants_write() ? Direction::wait_write : Direction::wait_read;
    return {*this, direction, by, tls_ && tls_->has_bytes()};
}

Stream::Wait Stream::writable(Deadline by) noexcept {
    const auto direction = tls_ && !tls_->wants_write() ? Direction::wait_read : Direction::wait_write;
    return {*this, direction, by, false};
}

struct Stream::Wait::Handler {
    using allocator_type = Suspended::allocator_type;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    void operator()(const boost::system::error_code& error) {
        ready = !error;
        waiter();
    }
    Suspended waiter;
    bool& ready;
};

void Stream::Wait::begin(Suspended waiter) noexcept {
    stream_.timer_.arm(by_);
    stream_.descriptor_.async_wait(direction_, Handler{std::move(waiter), ready_});
}

Task<bool> Stream::write_all(std::string_view bytes, Deadline by) {
    while (!bytes.empty()) {
        const Io io = write(bytes);
        if (io.state == Io::State::ended) co_return false;
        bytes.remove_prefix(io.bytes);
        if (io.state == Io::State::would_block) {
            const bool ready = co_await writable(by);
            if (!ready) co_return false;
        }
    }
    co_return true;
}

Task<> Stream::linger() {
    constexpr std::chrono::milliseconds kMost{1000};
    constexpr std::size_t kMostBytes = 256 * 1024;
    if (tls_) tls_->say_goodbye();
    if (tls_ && tls_->broken()) tls_.reset();  // what still comes is dropped as it is
    ::shutdown(fd(), SHUT_WR);
    const Deadline by = Deadline::after(kMost);
    std::size_t read_so_far = 0;
    bool more = true;
    while (more && read_so_far < kMostBytes && !by.passed()) {
        Io io{Io::State::ended};
        {
            std::array<char, 4096> dropped;
            io = read(dropped);
            sodium_memzero(dropped.data(), io.bytes);  // a password, perhaps
        }
        read_so_far += io.bytes;
        more = io.state == Io::State::done;
        if (io.state == Io::State::would_block) more = co_await readable(by);
    }
}

void Stream::cancel() noexcept {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
}

}  // namespace gatehouse::web
