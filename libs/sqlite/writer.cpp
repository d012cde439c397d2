#include "sqlite/writer.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::sqlite {
namespace {

// One of several in a transaction: undone, it is undone alone.
void run_in_savepoint(Connection& connection, const std::function<bool(Connection&)>& job) {
    connection.execute("SAVEPOINT one");
    const bool good = job(connection);
    // Some errors, such as a full disk, end the whole transaction (https://sqlite.org/lang_transaction.html).
    if (!connection.in_transaction()) {
        throw Failure({Errc::unavailable, "sqlite: an error has ended the transaction that others had a part in",
                       std::source_location::current()});
    }
    if (!good) connection.execute("ROLLBACK TO one");
    connection.execute("RELEASE one");
}

}  // namespace

void Writer::write(const std::function<bool(Connection&)>& job) {
    Write mine{job, false, false, {}, {}};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    const auto until = std::chrono::steady_clock::now() + wait_;
    while (!mine.done && (mine.taken || at_work_)) {
        // One that another thread has begun with is waited for, however long it takes: it is on this stack.
        if (mine.taken) {
            mine.turn.wait(lock);
        } else if (mine.turn.wait_until(lock, until) == std::cv_status::timeout && !mine.taken && at_work_) {
            std::erase(waiting_, &mine);
            throw Failure(
                {Errc::overloaded, "sqlite: the writer did not become free in time", std::source_location::current()});
        }
    }
    if (!mine.done) {
        const auto group = std::exchange(waiting_, {});
        for (Write* write : group) write->taken = true;
        at_work_ = true;
        lock.unlock();
        work_on(group);
        lock.lock();
        at_work_ = false;
        for (Write* write : group) {
            write->done = true;
            if (write != &mine) write->turn.notify_one();
        }
        if (!waiting_.empty()) waiting_.front()->turn.notify_one();  // one of those that came meanwhile goes on
    }
    if (mine.failure) throw Failure(*std::move(mine.failure));
}

// Whatever happens, each of the group knows it: without the memory to tell them the process ends, instead of leaving
// them to wait for ever.
void Writer::work_on(const std::vector<Write*>& group) noexcept {
    std::optional<Error> failure;
    try {
        run(group);
    } catch (const Failure& why) {
        failure = why.error();
    } catch (const std::exception& why) {
        failure = Error{Errc::internal, why.what(), std::source_location::current()};
    }
    for (Write* write : group) write->failure = failure;
}

void Writer::run(const std::vector<Write*>& group) {
    if (!connection_) connection_ = open_();
    Transaction transaction(*connection_);
    if (group.size() == 1) {
        if (group.front()->job(*connection_)) transaction.commit();
        return;
    }
    for (const Write* write : group) run_in_savepoint(*connection_, write->job);
    transaction.commit();
}

}  // namespace gatehouse::sqlite
