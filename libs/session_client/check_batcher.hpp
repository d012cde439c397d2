// Makes one request of the checks that arrive in one turn of a gateway's loop: one write and one read for many checks.
//
// Batches have connections of their own, at most two under way at once; what arrives meanwhile waits for the next. An
// answer is matched by its ref (the token's hash), not only by its place: a mismatch makes the whole batch Unavailable.
// A check that stopped waiting just leaves its place empty, so it can never shift another's answer.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "async/one_shot.hpp"
#include "session_client/servers.hpp"

namespace gatehouse::session_client {

class SessionClient::CheckBatcher {
public:
    CheckBatcher(Loop& loop, Servers& servers, std::size_t most_waiting)
        : loop_(loop), servers_(servers), most_waiting_(most_waiting) {}

    Task<Check> ask(proto::IntrospectItem item, proto::Touch touch, Deadline by);

private:
    struct Pending {
        Pending(TimerWheel& wheel, proto::IntrospectItem i, proto::Touch t, Deadline d)
            : item(std::move(i)), touch(t), by(d), answer(wheel) {}
        proto::IntrospectItem item;
        proto::Touch touch;
        Deadline by;
        OneShot<Check> answer;
    };
    using Batch = std::vector<std::shared_ptr<Pending>>;

    void schedule();
    void flush();
    Batch take();
    Task<> send(Batch batch);
    Task<> ask_for(const Batch& batch);

    Loop& loop_;
    Servers& servers_;
    const std::size_t most_waiting_;
    std::deque<std::shared_ptr<Pending>> waiting_;
    std::size_t under_way_ = 0;
    bool scheduled_ = false;
};

}  // namespace gatehouse::session_client
