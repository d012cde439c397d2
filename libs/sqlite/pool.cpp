#include "sqlite/pool.hpp"

#include <algorithm>

namespace gatehouse::sqlite {

Pool::Pool(PoolOptions options)
    : options_(std::move(options)), writer_([this] { return open(Connection::Access::write); }, options_.wait) {
    readers_.resize(std::max<std::size_t>(options_.readers, 1));
}

std::unique_ptr<Connection> Pool::open(Connection::Access access) {
    try {
        auto connection = std::make_unique<Connection>(options_.path, access, options_.busy, options_.clock);
        was_open_ = true;
        return connection;
    } catch (const Failure& failure) {
        if (!was_open_ || failure.error().code != Errc::invalid_input) throw;
        throw Failure({Errc::unavailable, failure.error().detail, failure.error().where});
    }
}

Pool::Lease::Lease(Pool& pool) : pool_(pool) {
    {
        std::unique_lock lock(pool_.mutex_);
        if (!pool_.freed_.wait_for(lock, pool_.options_.wait, [&] { return !pool_.readers_.empty(); })) {
            throw Failure(
                {Errc::overloaded, "sqlite: no connection became free in time", std::source_location::current()});
        }
        connection_ = std::move(pool_.readers_.back());
        pool_.readers_.pop_back();
    }
    if (connection_) return;
    try {
        connection_ = pool_.open(Connection::Access::read);
    } catch (...) {
        give_back();
        throw;
    }
}

Pool::Lease::~Lease() { give_back(); }

void Pool::Lease::give_back() noexcept {
    {
        const std::lock_guard lock(pool_.mutex_);
        pool_.readers_.push_back(std::move(connection_));  // the last one back is the first one out: warm caches
    }
    pool_.freed_.notify_one();
}

}  // namespace gatehouse::sqlite
