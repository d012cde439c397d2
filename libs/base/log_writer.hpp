// Where log lines go: a bounded queue, and the thread that writes it to standard error.
//
// Made by hand because it lies on the request path: a line costs its caller a lock and a copy, and the lines of a few
// milliseconds leave in one system call. (spdlog's queue wakes its thread and writes once per line: five times the cost
// of the line's own text.)
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace gatehouse::log {

// Standard error, whole lines at a time. Waits for a reader that stands still until it is told when to give up.
class StandardError {
public:
    // Thread-safe; the lines that could not be written are counted.
    void write(std::string_view lines) noexcept;
    // From now on a reader that stands still is waited for no longer than this.
    void give_up_after(std::chrono::milliseconds wait) noexcept;
    void wait_for_ever() noexcept;  // as at first
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

private:
    [[nodiscard]] bool wait_until_writable() const noexcept;

    std::atomic<std::chrono::steady_clock::rep> give_up_at_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
};

// `at_once`: what is queued leaves without waiting for more.
enum class Leaves : std::uint8_t { with_others, at_once };

// Lives as long as the process; its thread from start() to finish().
class Writer {
public:
    Writer() = default;
    ~Writer();  // finishes
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // `most_lines`: past them lines are dropped and counted. Does nothing else if the thread runs.
    void start(std::size_t most_lines);
    // Copies `line`, which ends with '\n'. False: the thread does not run, nothing was done. Thread-safe, waits for
    // nothing. The lines of one thread leave in order; at a queue half full all leave at once.
    [[nodiscard]] bool queue(std::string_view line, Leaves leaves);
    // Writes what is queued, as far as somebody reads it within a second, and ends the thread.
    void finish();
    // Lines since the first start.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return overrun_ + out_.lost(); }

private:
    void run();

    StandardError out_;
    std::atomic<std::uint64_t> overrun_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    // Guarded by mutex_:
    std::size_t most_lines_ = 1;
    std::string queued_;
    std::size_t lines_ = 0;
    bool running_ = false;  // lines are taken
    bool resting_ = false;  // the thread waits to be woken
    bool hurry_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gatehouse::log
