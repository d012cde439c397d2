// The connections to one SQLite file: one writer (SQLite admits no second) and readers beside it. Thread-safe,
// blocking.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "sqlite/connection.hpp"
#include "sqlite/writer.hpp"

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
            Lease lease(*this);
            return job(lease.connection());
        });
    }

    // Runs `job` on the writer inside a transaction, perhaps on another thread that writes too: committed if it returns
    // a value, else what it did is undone.
    template <class Job>
    std::invoke_result_t<Job, Connection&> write(Job job) {
        using R = std::invoke_result_t<Job, Connection&>;
        std::optional<R> result;
        std::exception_ptr thrown;
        const auto written = guarded<Result<void>>([&]() -> Result<void> {
            writer_.write([&](Connection& connection) {
                try {
                    result.emplace(guarded<R>([&] { return job(connection); }));
                    return result->has_value();
                } catch (...) {  // not a thing to tell the others
                    thrown = std::current_exception();
                    return false;
                }
            });
            return {};
        });
        if (thrown) std::rethrow_exception(thrown);
        if (!written && (!result || *result)) return std::unexpected(written.error());
        return *std::move(result);
    }

    // The same: one statement costs no less.
    template <class Job>
    std::invoke_result_t<Job, Connection&> write_one(Job job) {
        return write(std::move(job));
    }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    // A reader of the caller's own; back in the pool when it goes. Throws Failure.
    class Lease {
    public:
        explicit Lease(Pool& pool);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        [[nodiscard]] Connection& connection() noexcept { return *connection_; }

    private:
        void give_back() noexcept;
        Pool& pool_;
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

    std::unique_ptr<Connection> open(Connection::Access access);

    const PoolOptions options_;
    std::mutex mutex_;
    std::condition_variable freed_;                     // a reader
    std::vector<std::unique_ptr<Connection>> readers_;  // those that are idle; a null one is still to be opened
    std::atomic<bool> was_open_ = false;
    Writer writer_;
};

}  // namespace gatehouse::sqlite
