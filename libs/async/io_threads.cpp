#include "async/io_threads.hpp"

#include <latch>

#include <boost/asio/post.hpp>

#include "async/run_on.hpp"

namespace gatehouse {

IoThreads::IoThreads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        loops_.emplace_back(i);
        guards_.emplace_back(loops_.back().context.get_executor());
    }
}

IoThreads::~IoThreads() {
    stop();
    join();
}

void IoThreads::start() {
    for (Loop& loop : loops_) {
        threads_.emplace_back([&loop]() noexcept { loop.context.run(); });
    }
}

void IoThreads::on_each(const std::function<void(Loop&)>& work) {
    std::latch done(static_cast<std::ptrdiff_t>(loops_.size()));
    for (Loop& loop : loops_) {
        asio::post(loop.context, [&] {
            work(loop);
            done.count_down();
        });
    }
    done.wait();
}

bool IoThreads::settle(Deadline by) {
    bool ended = true;
    for (Loop& loop : loops_) {
        if (!run_on(loop, loop.tasks.idle(by)).get()) ended = false;
    }
    return ended;
}

void IoThreads::stop() {
    for (Loop& loop : loops_) loop.context.stop();
}

void IoThreads::join() {
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace gatehouse
