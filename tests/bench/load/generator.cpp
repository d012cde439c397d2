#include "load/generator.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::bench {
namespace {

constexpr double kNanoseconds = 1e9;
constexpr std::int64_t kPatience = 10'000'000'000;

}  // namespace

Generator::Generator(Load load, const Script& script)
    : load_(std::move(load)),
      script_(script),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      gap_(load_.rate > 0 ? load_.rate : 1) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
    for (std::size_t i = 0; i < load_.connections; ++i) {
        auto& connection = connections_.emplace_back(std::make_unique<Connection>(load_.target));
        epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd(), &event);
    }
}

Generator::~Generator() { ::close(epoll_); }

Outcome Generator::run() {
    const auto begin = now();
    stop_ = load_.seconds > 1e6 ? std::numeric_limits<std::int64_t>::max()
                                : begin + static_cast<std::int64_t>(load_.seconds * kNanoseconds);
    next_arrival_ = begin;
    for (auto& connection : connections_) release(*connection, begin);
    while (true) {
        const auto at = now();
        arrivals(at);
        if (under_way_ == 0 && late_.empty() && !may_send(at)) break;
        wait(at);
    }
    outcome_.seconds = static_cast<double>(now() - begin) / kNanoseconds;
    return outcome_;
}

Outcome Generator::once_each() {
    stop_ = 0;  // nobody sends a second one
    for (auto& connection : connections_) {
        start(*connection, now());
        while (under_way_ > 0) wait(now());
    }
    return outcome_;
}

void Generator::start(Connection& connection, std::int64_t begun) {
    connection.request = next_request_;
    connection.begun = begun;
    connection.waits_for_answer = true;
    next_request_ = next_request_ + 1 == script_.requests.size() ? 0 : next_request_ + 1;
    ++sent_;
    ++under_way_;
    connection.send(script_.requests[connection.request]);
}

// A connection that has nothing to do: closed loop, the next request; open loop, the oldest that is late.
void Generator::release(Connection& connection, std::int64_t at) {
    if (!late_.empty()) {
        start(connection, late_.front());
        late_.pop_front();
    } else if (load_.rate == 0 && may_send(at)) {
        start(connection, at);
    } else {
        idle_.push_back(&connection);
    }
}

void Generator::answered(Connection& connection, std::string_view answer) {
    const auto at = now();
    outcome_.latency.add(at - connection.begun);
    ++outcome_.requests;
    if (!is_as_expected(answer, script_.expected_of(connection.request))) ++outcome_.wrong;
    --under_way_;
    connection.waits_for_answer = false;
    connection.forget_answer();
    release(connection, at);
}

void Generator::arrivals(std::int64_t at) {
    if (load_.rate == 0) return;
    while (next_arrival_ <= at && next_arrival_ < stop_ && sent_ + late_.size() < load_.count) {
        if (idle_.empty()) {
            late_.push_back(next_arrival_);
        } else {
            Connection& free = *idle_.back();
            idle_.pop_back();
            start(free, next_arrival_);
        }
        next_arrival_ += static_cast<std::int64_t>(gap_(random_) * kNanoseconds);
    }
}

// Until something comes, or the next arrival.
void Generator::wait(std::int64_t at) {
    auto patience = kPatience;
    if (load_.rate > 0 && may_send(at)) patience = std::clamp<std::int64_t>(next_arrival_ - at, 0, patience);
    const timespec timeout{.tv_sec = patience / 1'000'000'000, .tv_nsec = patience % 1'000'000'000};
    std::array<epoll_event, 256> events;  // filled by the kernel
    const int ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll");
    if (ready == 0 && patience == kPatience) throw std::runtime_error("no answer for 10 s");
    for (int i = 0; i < ready; ++i) {
        auto& connection = *static_cast<Connection*>(events.at(static_cast<std::size_t>(i)).data.ptr);
        const auto answer = connection.receive();
        if (!answer.empty()) answered(connection, answer);
    }
}

}  // namespace gatehouse::bench
