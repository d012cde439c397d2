#include "async/io_threads.hpp"

#include <latch>
#include <sched.h>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/run_on.hpp"

namespace gatehouse {
namespace {

void stay_on(std::thread& thread, unsigned cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    const int error = ::pthread_setaffinity_np(thread.native_handle(), sizeof only, &only);
    if (error != 0) throw std::system_error(error, std::generic_category(), "CPU " + std::to_string(cpu));
}

}  // namespace

IoThreads::IoThreads(IoOptions options) : cpus_(std::move(options.cpus)) {
    for (std::size_t i = 0; i < options.threads; ++i) {
        loops_.emplace_back(i);
        guards_.emplace_back(loops_.back().context.get_executor());
    }
}

IoThreads::~IoThreads() {
    stop();
    join();
}

void IoThreads::start() {
    try {
        for (Loop& loop : loops_) {
            auto& thread = threads_.emplace_back([&loop]() noexcept { loop.context.run(); });
            if (!cpus_.empty()) stay_on(thread, cpus_[loop.index % cpus_.size()]);
        }
    } catch (...) {  // what lives on the loops may go before they do
        stop();
        join();
        throw;
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
