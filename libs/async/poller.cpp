#include "async/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <sys/epoll.h>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace gatehouse {
namespace {

constexpr std::size_t kEventsPerTurn = 128;  // then Asio's own work has its turn

[[noreturn]] void fail_with_errno() { throw boost::system::system_error(errno, boost::system::generic_category()); }

}  // namespace

struct Poller::Core {
    Core() : epoll(::epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll < 0) fail_with_errno();
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    // The descriptor itself is closed by Asio, with the poller.

    const int epoll;
    bool alive = true;  // the poller is there: else `epoll` is somebody else's number
    bool posted = false;
    std::array<epoll_event, kEventsPerTurn> events;
    std::span<epoll_event> ready;     // of the turn under way
    std::vector<TurnEnd*> ends;       // null: gone, or done
    std::vector<Suspended> going_on;  // chains that go on at the turn's end
    std::vector<Suspended> now;       // those of them that do

    void finish();
};

// Chains first: what they still ask for leaves with the rest.
void Poller::Core::finish() {
    detail::going_on = &going_on;
    do {
        now.swap(going_on);
        for (Suspended& chain : now) chain();
        now.clear();
        if (!going_on.empty()) continue;
        for (std::size_t i = 0; i < ends.size(); ++i) {  // it grows meanwhile
            TurnEnd* end = std::exchange(ends[i], nullptr);
            if (end == nullptr) continue;
            end->asked_ = false;
            end->run_(end->owner_);
        }
        ends.clear();
    } while (!going_on.empty());
    detail::going_on = nullptr;
}

Poller::Poller(asio::io_context& loop)
    : loop_(loop), core_(std::make_shared<Core>()), descriptor_(loop, core_->epoll) {}
Poller::~Poller() { core_->alive = false; }

// Begun with the first watch: a loop without one has nothing to wait for.
void Poller::wait() {
    if (std::exchange(waiting_, true)) return;
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        turn();
        waiting_ = false;
        wait();
    });
}

void Poller::turn() {
    const int count = ::epoll_wait(core_->epoll, core_->events.data(), static_cast<int>(core_->events.size()), 0);
    core_->ready = std::span(core_->events).first(static_cast<std::size_t>(std::max(count, 0)));
    detail::going_on = &core_->going_on;
    for (epoll_event& event : core_->ready) {
        const auto* watch = static_cast<Watch*>(event.data.ptr);
        event.data.ptr = nullptr;
        if (watch != nullptr) watch->ready_(watch->owner_, event.events);  // null: gone within this turn
    }
    core_->ready = {};
    core_->finish();
}

Watch::Watch(Poller& poller, int fd, Trigger trigger, Ready ready, void* owner)
    : core_(poller.core_),
      fd_(fd),
      trigger_(trigger == Trigger::edge ? std::uint32_t{EPOLLET} : 0U),
      ready_(ready),
      owner_(owner) {
    epoll_event event{EPOLLIN | EPOLLRDHUP | trigger_, {this}};
    if (::epoll_ctl(core_->epoll, EPOLL_CTL_ADD, fd_, &event) != 0) fail_with_errno();
    poller.wait();
}

// The kernel forgets it when the descriptor is closed.
Watch::~Watch() {
    for (epoll_event& event : core_->ready) {
        if (event.data.ptr == this) event.data.ptr = nullptr;
    }
}

void Watch::want_writable(bool wanted) noexcept {
    if (!core_->alive) return;
    epoll_event event{EPOLLIN | EPOLLRDHUP | trigger_ | (wanted ? std::uint32_t{EPOLLOUT} : 0U), {this}};
    ::epoll_ctl(core_->epoll, EPOLL_CTL_MOD, fd_, &event);
}

TurnEnd::TurnEnd(Poller& poller, Run run, void* owner)
    : loop_(poller.loop_), core_(poller.core_), run_(run), owner_(owner) {}

TurnEnd::~TurnEnd() { std::ranges::replace(core_->ends, this, nullptr); }

void TurnEnd::ask() {
    if (std::exchange(asked_, true)) return;
    core_->ends.push_back(this);
    if (detail::going_on == &core_->going_on || std::exchange(core_->posted, true)) return;
    asio::post(loop_, [core = core_] {
        core->posted = false;
        core->finish();
    });
}

}  // namespace gatehouse
