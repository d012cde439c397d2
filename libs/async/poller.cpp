#include "async/poller.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <poll.h>
#include <span>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace gatehouse {
namespace {

constexpr std::size_t kEventsPerTurn = 128;  // then Asio's own work has its turn

// How a context finds its poller for the first time.
struct PollerOf : asio::execution_context::service {
    using key_type = PollerOf;
    static inline asio::execution_context::id id;
    explicit PollerOf(asio::execution_context& context) : service(context) {}
    void shutdown() override {}
    Poller* poller = nullptr;  // none: not a loop's, or it has gone
};

// And from then on, by the number of its epoll: looking among Asio's services takes a lock, twice in every check. An
// entry goes with the poller, and that before its context closes the number.
constexpr std::size_t kFewDescriptors = 1024;  // services make their loops before they have more
std::array<std::atomic<Poller*>, kFewDescriptors> known_by_epoll;

std::atomic<Poller*>* known_at(int epoll) noexcept {
    const auto number = static_cast<std::size_t>(epoll);
    return number < known_by_epoll.size() ? &known_by_epoll[number] : nullptr;
}

[[noreturn]] void fail_with_errno() { throw boost::system::system_error(errno, boost::system::generic_category()); }

}  // namespace

struct Poller::Core {
    Core() : epoll(::epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll < 0) fail_with_errno();
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    const int epoll;
    int asio_epoll = -1;  // once it is known
    bool alive = true;    // the poller is there: else `epoll` is somebody else's number
    bool posted = false;
    std::array<epoll_event, kEventsPerTurn> events;
    std::span<epoll_event> ready;     // of the turn under way
    std::vector<TurnEnd*> ends;       // null: gone, or done
    std::vector<Suspended> going_on;  // chains that go on at the turn's end
    std::vector<Suspended> now;       // those of them that do

    [[nodiscard]] bool is_ready() const noexcept;
    bool wait(int timeout_ms);
    void turn();
    void turn_anew();
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

Poller::Poller(asio::io_context& loop) : loop_(loop), core_(std::make_shared<Core>()) {
    asio::use_service<PollerOf>(static_cast<asio::execution_context&>(loop_)).poller = this;
}

Poller::~Poller() {
    asio::use_service<PollerOf>(static_cast<asio::execution_context&>(loop_)).poller = nullptr;
    if (auto* entry = known_at(core_->asio_epoll)) entry->store(nullptr);
    core_->alive = false;
    ::close(core_->epoll);
}

// From the first watch on the loop has something to wait for.
void Poller::keep_waiting() {
    if (!guard_) guard_.emplace(loop_.get_executor());
}

int Poller::wait_for_asio(asio::execution_context& context, int asio_epoll, epoll_event* events, int most,
                          int timeout_ms) {
    const auto* const entry = known_at(asio_epoll);
    Poller* poller = entry ? entry->load(std::memory_order_acquire) : nullptr;
    if (poller == nullptr) {
        poller = asio::use_service<PollerOf>(context).poller;
        if (poller == nullptr) return ::epoll_wait(asio_epoll, events, most, timeout_ms);
        poller->learn(asio_epoll);
    }
    Core& core = *poller->core_;
    const bool handlers_wait = timeout_ms == 0;
    // Asio's own events: its descriptors', its timers', or a post from another thread.
    const bool asios = handlers_wait || core.wait(timeout_ms);
    if (!asios) {
        core.turn();
        return 0;
    }
    // Whoever was posted before has its turn first.
    if (!handlers_wait || core.is_ready()) asio::post(poller->loop_, [core = poller->core_] { core->turn_anew(); });
    return ::epoll_wait(asio_epoll, events, most, 0);
}

void Poller::learn(int asio_epoll) {
    if (asio_epoll == core_->asio_epoll) return;
    epoll_event event{EPOLLIN, {core_.get()}};
    if (::epoll_ctl(core_->epoll, EPOLL_CTL_ADD, asio_epoll, &event) != 0) fail_with_errno();
    core_->asio_epoll = asio_epoll;
    if (auto* entry = known_at(asio_epoll)) entry->store(this, std::memory_order_release);
}

bool Poller::Core::is_ready() const noexcept {
    pollfd events_of{epoll, POLLIN, 0};
    return ::poll(&events_of, 1, 0) > 0;
}

// True if Asio's own epoll is among what is ready.
bool Poller::Core::wait(int timeout_ms) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout_ms);
    ready = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
    const auto asios = std::ranges::find_if(ready, [this](epoll_event event) { return event.data.ptr == this; });
    if (asios == ready.end()) return false;
    asios->data.ptr = nullptr;
    return true;
}

// Of what was ready then, or else of what is ready now.
void Poller::Core::turn_anew() {
    if (!alive) return;
    if (ready.empty()) wait(0);
    turn();
}

void Poller::Core::turn() {
    detail::going_on = &going_on;
    for (epoll_event& event : ready) {
        const auto* watch = static_cast<Watch*>(event.data.ptr);
        event.data.ptr = nullptr;
        if (watch != nullptr) watch->ready_(watch->owner_, event.events);  // null: gone within this turn, or Asio's
    }
    ready = {};
    finish();
}

Watch::Watch(Poller& poller, int fd, Trigger trigger, Ready ready, void* owner)
    : core_(poller.core_),
      fd_(fd),
      trigger_(trigger == Trigger::edge ? std::uint32_t{EPOLLET} : 0U),
      ready_(ready),
      owner_(owner) {
    epoll_event event{EPOLLIN | EPOLLRDHUP | trigger_, {this}};
    if (::epoll_ctl(core_->epoll, EPOLL_CTL_ADD, fd_, &event) != 0) fail_with_errno();
    poller.keep_waiting();
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
