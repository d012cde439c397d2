#include "mysql/pool.hpp"

#include <algorithm>

namespace gatehouse::mysql {
namespace {

// Well under the second in which service must be back after the server is.
constexpr std::chrono::milliseconds kReconnectPause{250};

}  // namespace

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}

std::size_t Pool::open() const {
    const std::lock_guard lock(mutex_);
    return idle_.size() + leased_;
}

Pool::Lease::Lease(Pool& pool) : pool_(pool) {
    announce_thread();
    {
        const std::size_t most = std::max<std::size_t>(pool_.options_.connections, 1);
        std::unique_lock lock(pool_.mutex_);
        if (!pool_.freed_.wait_for(lock, pool_.options_.wait, [&] { return pool_.leased_ < most; })) {
            throw Failure(
                {Errc::overloaded, "mysql: no connection became free in time", std::source_location::current()},
                After::unknown);
        }
        ++pool_.leased_;
        if (!pool_.idle_.empty()) {
            connection_ = std::move(pool_.idle_.back());
            pool_.idle_.pop_back();
        }
    }
    if (connection_) return;
    try {
        connection_ = pool_.connect();
    } catch (...) {
        const std::lock_guard lock(pool_.mutex_);
        --pool_.leased_;
        pool_.freed_.notify_one();
        throw;
    }
}

Pool::Lease::~Lease() {
    {
        const std::lock_guard lock(pool_.mutex_);
        --pool_.leased_;
        if (keep_) pool_.idle_.push_back(std::move(connection_));
    }
    pool_.freed_.notify_one();
}

std::unique_ptr<Connection> Pool::connect() {
    {
        const std::lock_guard lock(mutex_);
        if (last_failure_ && std::chrono::steady_clock::now() < refuse_until_) throw Failure(*last_failure_);
    }
    try {
        auto connection = std::make_unique<Connection>(options_.server);
        const std::lock_guard lock(mutex_);
        last_failure_.reset();
        return connection;
    } catch (const Failure& failure) {
        const std::lock_guard lock(mutex_);
        last_failure_ = failure;
        refuse_until_ = std::chrono::steady_clock::now() + kReconnectPause;
        throw;
    }
}

void Pool::drop_idle() {
    std::vector<std::unique_ptr<Connection>> dead;
    {
        const std::lock_guard lock(mutex_);
        dead.swap(idle_);
    }
}

}  // namespace gatehouse::mysql
