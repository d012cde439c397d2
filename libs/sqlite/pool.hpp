// The connections to one SQLite file: one writer (SQLite admits no second) and readers beside it. Thread-safe,
// blocking.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "sqlite/connection.hpp"

namespace gatehouse::sqlite {

struct PoolOptions {
    std::string path;
    std::size_t readers = 3;               // at least 1
    const Clock& clock = system_clock();   // what now_ms() says; must outlive the pool
    std::chrono::milliseconds wait{1000};  // longest wait for a free connection: overloaded after it
    std::chrono::milliseconds busy{1000};  // longest wait for another process's lock: overloaded after it
};

// Connections are opened when first needed, so that a file that cannot be opened is an error of the call, not of the
// constructor. invalid_input of the file is for the start only: once it was open, what is wrong with it is unavailable.
class Pool {
public:
    using Connection = sqlite::Connection;
    using Rows = sqlite::Rows;
    using Value = sqlite::Value;

    explicit Pool(PoolOptions options);

    // Runs `job(Connection&)`, which returns a Result<T>, on a reader, outside a transaction.
    template <class Job>
    std::invoke_result_t<Job, Connection&> read(Job job) {
        return guarded<std::invoke_result_t<Job, Connection&>>([&] {
            Lease lease(*this, Connection::Access::read);
            return job(lease.connection());
        });
    }

    // Runs `job` on the writer inside a transaction: committed if it returns a value, else rolled back.
    template <class Job>
    std::invoke_result_t<Job, Connection&> write(Job job) {
        return guarded<std::invoke_result_t<Job, Connection&>>([&] {
            Lease lease(*this, Connection::Access::write);
            Transaction transaction(lease.connection());
            auto result = job(lease.connection());
            if (result) transaction.commit();
            return result;
        });
    }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    using Idle = std::vector<std::unique_ptr<Connection>>;  // a null one is still to be opened

    // A connection of the caller's own; back in the pool when it goes. Throws Failure.
    class Lease {
    public:
        Lease(Pool& pool, Connection::Access access);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        [[nodiscard]] Connection& connection() noexcept { return *connection_; }

    private:
        Pool& pool_;
        Idle& idle_;
        std::unique_ptr<Connection> connection_;
    };

    template <class R, class Run>
    static R guarded(Run run) {
        try {
            return run();
        } catch (const Failure& failure) {
            return std::unexpected(failure.error());
        }
    }

    const PoolOptions options_;
    std::mutex mutex_;
    std::condition_variable freed_;
    Idle readers_;
    Idle writer_;
    bool was_open_ = false;
};

}  // namespace gatehouse::sqlite
