// A bounded number of connections to one database, replaced when they are lost. Thread-safe, blocking.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

#include "mysql/connection.hpp"

namespace gatehouse::mysql {

struct PoolOptions {
    Options server;
    std::size_t connections = 4;           // at least 1
    std::chrono::milliseconds wait{1000};  // longest wait for a free one: overloaded after it
};

// Connections are made when first needed: a server that is away is an error of the call, not of the constructor.
class Pool {
public:
    using Connection = mysql::Connection;
    using Rows = mysql::Rows;
    using Value = mysql::Value;

    explicit Pool(PoolOptions options);

    // Runs `job(Connection&)`, which returns a Result<T>, outside a transaction. Run again once, on another connection,
    // if the server had closed this one: `job` only reads.
    template <class Job>
    std::invoke_result_t<Job, Connection&> read(Job job) {
        return twice<std::invoke_result_t<Job, Connection&>>(
            [&](Connection& connection, bool&) { return job(connection); });
    }

    // Runs `job` inside a transaction: committed if it returns a value, else rolled back. Run again once after a
    // deadlock, or if the server closed the connection before the commit was sent: the transaction is gone then.
    template <class Job>
    std::invoke_result_t<Job, Connection&> write(Job job) {
        return twice<std::invoke_result_t<Job, Connection&>>([&](Connection& connection, bool& committing) {
            connection.run("START TRANSACTION");
            auto result = job(connection);
            committing = result.has_value();
            connection.run(committing ? "COMMIT" : "ROLLBACK");
            return result;
        });
    }

    // Runs `job`, one statement, which is a transaction of its own: one round trip instead of three. Run again once
    // after a deadlock, and if the connection was lost: it may have taken effect then, and must do no harm twice.
    template <class Job>
    std::invoke_result_t<Job, Connection&> write_one(Job job) {
        return read(std::move(job));
    }

    // Runs `job` on a connection of its own, closed after it, that waits up to `answer` for each answer: for statements
    // that alter a large table. Not run again.
    template <class Job>
    std::invoke_result_t<Job, Connection&> alone(std::chrono::seconds answer, Job job) {
        try {
            Options server = options_.server.copy();
            server.read_timeout = answer;
            Connection connection(server);
            return job(connection);
        } catch (const Failure& failure) {
            return std::unexpected(failure.error());
        }
    }

    // Connections that are made, idle or leased.
    [[nodiscard]] std::size_t open() const;

private:
    // A connection of the caller's own: back in the pool when it goes, or closed if keep() was not called. Throws
    // Failure.
    class Lease {
    public:
        explicit Lease(Pool& pool);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        [[nodiscard]] Connection& connection() noexcept { return *connection_; }
        // The connection is in order: no transaction is open, no answer outstanding.
        void keep() noexcept { keep_ = true; }

    private:
        Pool& pool_;
        std::unique_ptr<Connection> connection_;
        bool keep_ = false;
    };

    template <class R, class Run>
    R twice(Run run) {
        for (bool again = true;; again = false) {
            bool committing = false;
            try {
                Lease lease(*this);
                return run_on(lease, run, committing);
            } catch (const Failure& failure) {
                if (failure.after() == After::lost) drop_idle();
                const bool nothing_done =
                    failure.after() == After::deadlock || (failure.after() == After::lost && !committing);
                if (!again || !nothing_done) return std::unexpected(failure.error());
            }
        }
    }

    template <class Run>
    static auto run_on(Lease& lease, Run& run, bool& committing) {
        try {
            auto result = run(lease.connection(), committing);
            lease.keep();
            return result;
        } catch (const Failure& failure) {
            if (failure.after() == After::usable || failure.after() == After::deadlock) {
                lease.connection().run("ROLLBACK");  // if this fails, its failure is the one to tell
                lease.keep();
            }
            throw;
        }
    }

    // The server went away: what is idle is as dead as the connection that told it.
    void drop_idle();
    std::unique_ptr<Connection> connect();

    const PoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t leased_ = 0;
    // While a server is away each call would wait for it anew: one tries, the others are told what it met.
    std::optional<Failure> last_failure_;
    std::chrono::steady_clock::time_point refuse_until_{};
};

}  // namespace gatehouse::mysql
