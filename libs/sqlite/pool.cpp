#include "sqlite/pool.hpp"

#include <algorithm>

namespace gatehouse::sqlite {

Pool::Pool(PoolOptions options) : options_(std::move(options)) {
    readers_.resize(std::max<std::size_t>(options_.readers, 1));
    writer_.resize(1);
}

Pool::Lease::Lease(Pool& pool, Connection::Access access)
    : pool_(pool), idle_(access == Connection::Access::read ? pool.readers_ : pool.writer_) {
    {
        std::unique_lock lock(pool_.mutex_);
        if (!pool_.freed_.wait_for(lock, pool_.options_.wait, [&] { return !idle_.empty(); })) {
            throw Failure(
                {Errc::overloaded, "sqlite: no connection became free in time", std::source_location::current()});
        }
        connection_ = std::move(idle_.back());
        idle_.pop_back();
    }
    if (connection_) return;
    const auto give_back = [this] {
        const std::lock_guard lock(pool_.mutex_);
        idle_.push_back(nullptr);
        pool_.freed_.notify_all();
        return pool_.was_open_;
    };
    try {
        const auto& options = pool_.options_;
        connection_ = std::make_unique<Connection>(options.path, access, options.busy, options.clock);
        const std::lock_guard lock(pool_.mutex_);
        pool_.was_open_ = true;
    } catch (const Failure& failure) {
        const bool was_open = give_back();
        if (!was_open || failure.error().code != Errc::invalid_input) throw;
        throw Failure({Errc::unavailable, failure.error().detail, failure.error().where});
    } catch (...) {
        give_back();
        throw;
    }
}

Pool::Lease::~Lease() {
    {
        const std::lock_guard lock(pool_.mutex_);
        idle_.push_back(std::move(connection_));  // the last one back is the first one out: warm caches
    }
    pool_.freed_.notify_all();
}

}  // namespace gatehouse::sqlite
