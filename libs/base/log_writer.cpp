#include "base/log_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

namespace gatehouse::log {
namespace {

using namespace std::chrono_literals;

// What is logged meanwhile leaves together. At 60 000 lines/s that is 1500 of the queue's 8192, and the thread wakes 40
// times a second; of a service with 3000 checks a second that thread takes 1 us a check, with 10 ms it took 2.
constexpr auto kGather = 25ms;
constexpr auto kStopPatience = 1s;      // for a standard error that nobody reads
constexpr std::size_t kKeep = 1 << 20;  // a larger buffer is given back after use

std::chrono::steady_clock::rep ticks() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// A file takes everything, and at once.
bool is_file() noexcept {
    struct stat what;
    return ::fstat(STDERR_FILENO, &what) == 0 && S_ISREG(what.st_mode);
}

// No more than a pipe takes at once when it says that it is writable: else write() could block for ever. Whole lines as
// far as they fit, so that another process' lines do not get between.
std::string_view next_piece(std::string_view lines) noexcept {
    if (lines.size() <= PIPE_BUF) return lines;
    const auto end = lines.rfind('\n', PIPE_BUF - 1);
    return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace

void StandardError::write(std::string_view lines) noexcept {
    const bool file = is_file();
    while (!lines.empty()) {
        if (!file && !wait_until_writable()) {
            lost_ += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
            return;
        }
        const auto piece = file ? lines : next_piece(lines);
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

void StandardError::wait_for_ever() noexcept { give_up_at_ = 0; }

bool StandardError::wait_until_writable() const noexcept {
    while (true) {
        const auto give_up_at = give_up_at_.load();
        if (give_up_at != 0 && ticks() > give_up_at) return false;
        pollfd watched{STDERR_FILENO, POLLOUT, 0};
        if (::poll(&watched, 1, 100) > 0) return true;  // writable, or broken: write() tells
    }
}

Writer::~Writer() { finish(); }

// The thread takes no signals: the service's own threads do.
void Writer::start(std::size_t most_lines) {
    const std::lock_guard lock(mutex_);
    most_lines_ = std::max<std::size_t>(most_lines, 1);
    if (running_) return;
    out_.wait_for_ever();
    stopping_ = false;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    running_ = true;
}

bool Writer::queue(std::string_view line, Leaves leaves) {
    std::unique_lock lock(mutex_);
    if (!running_) return false;
    if (lines_ >= most_lines_) {
        ++overrun_;
        return true;
    }
    queued_ += line;
    ++lines_;
    const bool hurry = leaves == Leaves::at_once || lines_ == most_lines_ / 2;
    const bool wake = resting_ || (hurry && !hurry_);
    resting_ = false;
    hurry_ = hurry_ || hurry;
    lock.unlock();
    if (wake) wake_.notify_one();
    return true;
}

void Writer::finish() {
    std::thread ending;
    {
        const std::lock_guard lock(mutex_);
        ending.swap(thread_);
        out_.give_up_after(kStopPatience);
        stopping_ = true;
    }
    wake_.notify_one();
    if (ending.joinable()) ending.join();
}

void Writer::run() {
    std::string leaving;
    std::unique_lock lock(mutex_);
    while (true) {
        resting_ = lines_ == 0;
        wake_.wait(lock, [this] { return !resting_ || stopping_; });
        wake_.wait_for(lock, kGather, [this] { return hurry_ || stopping_; });
        leaving.swap(queued_);
        lines_ = 0;
        hurry_ = false;
        const bool last = stopping_;
        if (last) running_ = false;  // what comes from now on, its caller writes itself
        lock.unlock();
        out_.write(leaving);
        leaving.clear();
        if (leaving.capacity() > kKeep) leaving.shrink_to_fit();
        if (last) return;
        lock.lock();
    }
}

}  // namespace gatehouse::log
