#include "async/blocking_pool.hpp"

#include <tuple>
#include <unistd.h>

namespace gatehouse {

BlockingPool::BlockingPool(Limits limits)
    : limits_(limits), places_(std::make_shared<std::atomic<std::size_t>>(limits.threads + limits.queue)) {
    for (std::size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this]() noexcept { work(); });
}

BlockingPool::~BlockingPool() {
    std::deque<Entry> light;
    std::deque<Entry> heavy;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        light.swap(light_);
        heavy.swap(heavy_);
        queued_ = 0;
    }
    wake_.notify_all();
    // Who waits is told before the running jobs are waited for.
    for (auto* queue : {&light, &heavy}) {
        for (Entry& entry : *queue) entry.run(Errc::cancelled);
    }
    for (auto& thread : threads_) thread.join();
}

std::optional<BlockingPool::Ticket> BlockingPool::admit() {
    auto free = places_->load();
    do {
        if (free == 0) return std::nullopt;
    } while (!places_->compare_exchange_weak(free, free - 1));
    return Ticket(std::shared_ptr<void>(nullptr, [places = places_](void*) { places->fetch_add(1); }));
}

void BlockingPool::push(Entry entry, Weight weight) {
    {
        std::unique_lock lock(mutex_);
        if (stopping_) {
            lock.unlock();
            entry.run(Errc::cancelled);
            return;
        }
        (weight == Weight::heavy ? heavy_ : light_).push_back(std::move(entry));
        ++queued_;
    }
    wake_.notify_one();
}

void BlockingPool::work() {
    if (limits_.nice != 0) std::ignore = ::nice(limits_.nice);  // of this thread alone: Linux
    const std::size_t most_heavy = limits_.heavy_threads ? limits_.heavy_threads : limits_.threads;
    bool worked = false;
    std::unique_lock lock(mutex_);
    while (true) {
        auto heavy_ready = [&] { return !heavy_.empty() && heavy_running_ < most_heavy; };
        auto ready = [&] { return stopping_ || !light_.empty() || heavy_ready(); };
        if (worked && limits_.on_rest && !wake_.wait_for(lock, limits_.rest, ready)) {
            lock.unlock();
            limits_.on_rest();
            lock.lock();
        }
        wake_.wait(lock, ready);
        worked = true;
        if (stopping_) return;
        // The older of the two heads first, so that neither kind starves the other.
        const bool heavy = heavy_ready() && (light_.empty() || heavy_.front().begin_by < light_.front().begin_by);
        auto& queue = heavy ? heavy_ : light_;
        Entry entry = std::move(queue.front());
        queue.pop_front();
        --queued_;
        ++running_;
        if (heavy) ++heavy_running_;
        lock.unlock();

        const bool late = std::chrono::steady_clock::now() > entry.begin_by;
        entry.run(late ? std::optional(Errc::overloaded) : std::nullopt);
        entry.run = nullptr;  // destroys what it owns outside the lock

        lock.lock();
        --running_;
        if (heavy && heavy_running_-- == most_heavy) wake_.notify_one();  // a heavy job may have been passed over
    }
}

}  // namespace gatehouse
