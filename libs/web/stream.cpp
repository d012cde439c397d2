#include "web/stream.hpp"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <sodium.h>

namespace gatehouse::web {
namespace {

Io outcome(ssize_t result) noexcept {
    if (result > 0) return {Io::State::done, static_cast<std::size_t>(result)};
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Io::State::would_block};
    return {Io::State::ended};
}

}  // namespace

Stream::Owned::~Owned() { ::close(fd); }

Stream::Stream(Loop& loop, int fd)
    : owned_{fd},
      watch_(loop.poller, fd, Trigger::edge, &Stream::on_ready, this),
      timer_(loop.wheel, [](void* self) { static_cast<Stream*>(self)->cancel(); }, this, &Stream::abandoned) {
    int on = 1;
    ::ioctl(fd, FIONBIO, &on);
}

Stream::~Stream() {
    if (tls_) tls_->say_goodbye();
}

Task<TlsSession::Handshake> Stream::start_tls(TlsSession tls, Deadline by) {
    tls_.emplace(std::move(tls));
    auto state = tls_->handshake();
    while (state == TlsSession::Handshake::would_block) {
        if (!tls_->wants_write()) all_read();
        const bool ready = co_await readable(by);
        state = ready ? tls_->handshake() : TlsSession::Handshake::failed;
    }
    if (state == TlsSession::Handshake::plain_http) tls_.reset();
    co_return state;
}

Io Stream::read(std::span<char> into) noexcept {
    const Io io =
        tls_ ? tls_->read(into) : outcome(uninterrupted([&] { return ::recv(fd(), into.data(), into.size(), 0); }));
    // A stream socket that gives less than was asked for has no more (man 7 epoll); what comes later is another edge.
    const bool drained = tls_ ? io.state == Io::State::would_block && !tls_->wants_write()
                              : io.state == Io::State::would_block || io.bytes < into.size();
    if (drained) all_read();
    return io;
}

Io Stream::write(std::string_view bytes) noexcept {
    if (!tls_) return outcome(uninterrupted([&] { return ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }));
    const Io io = tls_->write(bytes);
    if (io.state == Io::State::would_block && !tls_->wants_write()) all_read();
    return io;
}

// Either may have to wait for the other direction first, within TLS.
Stream::Wait Stream::readable(Deadline by) noexcept {
    if (tls_ && tls_->has_bytes()) return {*this, Direction::read, by, true};
    if (tls_ && tls_->wants_write()) return {*this, Direction::write, by, false};
    return {*this, Direction::read, by, readable_};
}

Stream::Wait Stream::writable(Deadline by) noexcept {
    if (tls_ && !tls_->wants_write()) return {*this, Direction::read, by, readable_};
    return {*this, Direction::write, by, false};
}

void Stream::Wait::begin() noexcept {
    stream_.waiting_ = this;
    stream_.timer_.arm(by_);
    if (direction_ == Direction::write) stream_.watch_.want_writable(true);
}

void Stream::on_ready(void* self, std::uint32_t events) {
    auto& stream = *static_cast<Stream*>(self);
    const bool gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (gone || (events & EPOLLRDHUP) != 0) stream.ended_ = true;
    if (stream.ended_ || (events & EPOLLIN) != 0) stream.readable_ = true;
    if (!stream.waiting_) return;
    const bool writes = stream.waiting_->direction_ == Direction::write;
    if (writes ? gone || (events & EPOLLOUT) != 0 : stream.readable_) stream.end_wait(true)();
}

Suspended Stream::end_wait(bool ready) noexcept {
    Wait& wait = *std::exchange(waiting_, nullptr);
    if (wait.direction_ == Direction::write) watch_.want_writable(false);
    wait.ready_ = ready;
    return std::move(wait.waiter_);
}

void Stream::cancel() noexcept {
    if (waiting_) end_wait(false).post();
}

// The loop ends, and with it the coroutine that waits here.
void Stream::abandoned(void* self) {
    auto& stream = *static_cast<Stream*>(self);
    if (stream.waiting_) const auto waiter = stream.end_wait(false);
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

}  // namespace gatehouse::web
