#include "base/log_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <climits>

namespace gatehouse::log {
namespace {

using namespace std::chrono_literals;

constexpr auto kGather = 2ms;           // what is logged meanwhile leaves together
constexpr auto kStopPatience = 1s;      // for a standard error that nobody reads
constexpr std::size_t kKeep = 1 << 20;  // a larger buffer is given back after use

std::chrono::steady_clock::rep ticks() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// No more than a pipe takes at once when it says that it is writable: else write() could block for ever. Whole lines as
// far as they fit, so that another process' lines do not get between.
std::string_view next_piece(std::string_view lines) noexcept {
    if (lines.size() <= PIPE_BUF) return lines;
    const auto end = lines.rfind('\n', PIPE_BUF - 1);
    return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace

void StandardError::write(std::string_view lines) noexcept {
    while (!lines.empty()) {
        if (!wait_until_writable()) {
            lost_ += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
            return;
        }
        const auto piece = next_piece(lines);
        const auto sent = ::write(STDERR_FILENO, piece.data(), piece.size());
        if (sent > 0) lines.remove_prefix(static_cast<std::size_t>(sent));
        if (sent < 0 && errno != EINTR && errno != EAGAIN) {  // a full disk, perhaps: the next line may fit
            ++lost_;
            lines.remove_prefix(std::min(lines.size() - 1, lines.find('\n')) + 1);
        }
    }
}

void StandardError::give_up_after(std::chrono::milliseconds wait) noexcept {
    give_up_at_ = (std::chrono::steady_clock::now() + wait).time_since_epoch().count();
}

bool StandardError::wait_until_writable() const noexcept {
    while (true) {
        const auto give_up_at = give_up_at_.load();
        if (give_up_at != 0 && ticks() > give_up_at) return false;
        pollfd watched{STDERR_FILENO, POLLOUT, 0};
        if (::poll(&watched, 1, 100) > 0) return true;  // writable, or broken: write() tells
    }
}

// The thread takes no signals: the service's own threads do.
Writer::Writer(std::size_t most_lines) : most_lines_(std::max<std::size_t>(most_lines, 1)) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Writer::~Writer() { finish(); }

void Writer::queue(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (lines_ >= most_lines_) {
        ++overrun_;
        return;
    }
    queued_ += line;
    ++lines_;
    if (resting_) {
        resting_ = false;
        wake_.notify_one();
    }
}

void Writer::finish() {
    out_.give_up_after(kStopPatience);
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Writer::run() {
    std::string leaving;
    std::unique_lock lock(mutex_);
    while (true) {
        if (lines_ == 0) {
            if (stopping_) return;
            resting_ = true;
            wake_.wait(lock, [this] { return !resting_ || stopping_; });
        }
        if (!stopping_) {
            lock.unlock();
            std::this_thread::sleep_for(kGather);
            lock.lock();
        }
        leaving.swap(queued_);
        lines_ = 0;
        lock.unlock();
        out_.write(leaving);
        leaving.clear();
        if (leaving.capacity() > kKeep) leaving.shrink_to_fit();
        lock.lock();
    }
}

}  // namespace gatehouse::log
