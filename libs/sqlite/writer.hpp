// The one writer of a SQLite file. Who comes while it is at work is written with all others that came in one
// transaction: one commit, one wait for the disk for all ("group commit"). Thread-safe, blocking.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sqlite/connection.hpp"

namespace gatehouse::sqlite {

class Writer {
public:
    // Makes the connection when it is first needed, and again if that failed. Throws Failure.
    using Open = std::function<std::unique_ptr<Connection>()>;

    // `wait`: the longest wait until somebody begins with a write: overloaded after it.
    Writer(Open open, std::chrono::milliseconds wait) : open_(std::move(open)), wait_(wait) {}

    // Runs `job`, on this thread or on another's that waits here too, within a transaction; it must not throw. If it
    // answers false, what it did is undone, and nothing else. Returns when what it did is on the disk, or undone;
    // throws Failure if neither can be said: nothing of it was then begun, or its transaction has failed.
    void write(const std::function<bool(Connection&)>& job);

private:
    struct Write {
        const std::function<bool(Connection&)>& job;
        bool taken = false;
        bool done = false;
        std::optional<Error> failure;
        std::condition_variable turn;  // it is done, or there is nobody at work
    };

    void work_on(const std::vector<Write*>& group) noexcept;
    void run(const std::vector<Write*>& group);

    const Open open_;
    const std::chrono::milliseconds wait_;
    std::mutex mutex_;
    std::vector<Write*> waiting_;             // the next group, in the order they came
    bool at_work_ = false;                    // who sets it has the connection
    std::unique_ptr<Connection> connection_;  // null: still to be opened
};

}  // namespace gatehouse::sqlite
