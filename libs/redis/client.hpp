// One pipelined connection to Redis for one I/O loop: commands of one turn of the loop go out in one write.
//
// Keeps itself connected (exponential backoff with jitter, at most 500 ms). While there is no connection every command
// fails at once with `unavailable`: nothing queues up behind an outage. An outage is logged once, and its end.
//
// Only a primary is talked to. Redis keeps its clients when a failover makes it a replica, which goes on answering what
// it once knew: a session that was ended at the new primary would still be there. So the role is looked at on
// connecting and every second, and a connection to a replica is an outage; the next one goes to where the name leads
// then.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "redis/commands.hpp"
#include "redis/options.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"

namespace gatehouse::redis {

// Used on its loop's thread only; may be made before the loop runs. The loop must outlive it.
//
// Errors of all commands:
//   unavailable  no connection, the connection was lost (the command may have run), or Redis refuses to serve (LOADING,
//                READONLY, NOAUTH, NOPERM, MASTERDOWN, OOM, MISCONF, BUSY, …)
//
//   timeout      no answer by the deadline or within Options::command_timeout; it may have run, its answer is dropped
//
//   overloaded   Options::max_in_flight commands wait already; nothing was sent
//
//   protocol     any other error reply, or bytes that are no reply (these close the connection)
//
//   cancelled    the client was destroyed
class Client {
public:
    // Begins to connect at once. Ignores SIGPIPE for the process, if it has its default action.
    Client(Loop& loop, Options options);
    // Commands in flight fail with `cancelled`, on the loop's next turn.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Sends `commands`, which must be exactly one, and waits for its reply.
    Task<Result<Reply>> command(Commands commands, Deadline by);

    // Sends all of `commands` in one go and waits once for all replies: one result per command, in their order. Not a
    // transaction: others may run in between.
    Task<std::vector<Result<Reply>>> pipeline(Commands commands, Deadline by);

    // Runs `script`, which must outlive the client, by its digest, loading it when Redis does not have it.
    Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys, std::vector<std::string> arguments,
                             Deadline by);

    [[nodiscard]] bool connected() const noexcept;

    // Redis' run id, observed at every connect: another one is another process, which may have lost what was stored.
    // Empty while disconnected.
    [[nodiscard]] std::string run_id() const;

    // For metrics, since this object was made. May be read on any thread.
    struct Counts {
        std::atomic<bool> connected{false};      // logged in
        std::atomic<std::uint64_t> connects{0};  // connections that were made and logged in
        std::atomic<std::uint64_t> restarts{0};  // of them, those that found another run id than the one before
        std::atomic<std::uint64_t> timeouts{0};  // commands without an answer in time
    };
    [[nodiscard]] const Counts& counts() const noexcept;

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::redis
