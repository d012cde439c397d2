#include "web/server.hpp"

#include <algorithm>
#include <deque>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "base/log.hpp"
#include "web/connection.hpp"
#include "web/error_response.hpp"
#include "web/listener.hpp"

namespace gatehouse::web {
namespace {

constexpr std::chrono::milliseconds kDescriptorPause{100};
constexpr std::chrono::milliseconds kIdleGrace{
    250};  // of a drain: a request that was just being sent is still answered

using Pause =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Listener {
    Listener(Loop& loop, int fd, Endpoint at) : descriptor(loop.context.get_executor(), fd), endpoint(std::move(at)) {}
    asio::posix::basic_stream_descriptor<Executor> descriptor;
    Endpoint endpoint;
};

Task<> serve(ConnectionHub& hub, int fd, Peer peer) {
    {
        Connection connection(hub, fd, std::move(peer));
        co_await connection.run();
    }
    hub.open.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

struct Server::Impl {
    Impl(IoThreads& io, ServerOptions opts) : threads(io), options(std::move(opts)) {}

    IoThreads& threads;
    const ServerOptions options;
    std::deque<ConnectionHub> hubs;
    std::deque<Listener> listeners;
    std::string busy;  // the whole answer to a connection too many

    [[nodiscard]] std::size_t open() const noexcept {
        std::size_t sum = 0;
        for (const auto& hub : hubs) sum += hub.open.load(std::memory_order_relaxed);
        return sum;
    }

    void hand_over(Accepted accepted) {
        if (open() >= options.connections) {
            // Best effort, without waiting: the socket buffer of a new connection has room for it.
            [[maybe_unused]] const auto sent = ::write(accepted.fd, busy.data(), busy.size());
            ::close(accepted.fd);
            return;
        }
        auto& hub = *std::ranges::min_element(
            hubs, {}, [](const ConnectionHub& h) { return h.open.load(std::memory_order_relaxed); });
        hub.open.fetch_add(1, std::memory_order_relaxed);
        asio::post(hub.loop.context,
                   [&hub, accepted] { hub.loop.tasks.spawn("connection", serve(hub, accepted.fd, accepted.peer)); });
    }

    Task<> accept(Listener& listener) {
        constexpr int kPerTurn = 64;  // then other work of this loop has its turn
        Pause pause(co_await asio::this_coro::executor);
        while (listener.descriptor.is_open()) {
            auto [error] = co_await listener.descriptor.async_wait(asio::posix::descriptor_base::wait_read, as_values);
            if (error) co_return;
            for (int i = 0; i < kPerTurn && listener.descriptor.is_open(); ++i) {
                const auto accepted = accept_one(listener.descriptor.native_handle());
                if (accepted) {
                    hand_over(*accepted);
                } else if (accepted.error() == AcceptFailure::none_waiting) {
                    break;
                } else {
                    log::warn("server.out_of_descriptors", {{"detail", "raise the limit of open files (ulimit -n)"}});
                    pause.expires_after(kDescriptorPause);
                    co_await pause.async_wait(as_values);
                    break;
                }
            }
        }
    }
};

Server::Server(IoThreads& threads, ServerOptions options, std::vector<Handler> handlers)
    : impl_(std::make_unique<Impl>(threads, std::move(options))) {
    for (std::size_t i = 0; i < threads.size(); ++i) {
        std::uint64_t first_request = 0;
        randombytes_buf(&first_request, sizeof first_request);
        impl_->hubs.emplace_back(threads[i], impl_->options, std::move(handlers.at(i)), first_request);
    }
    const auto response =
        error_response(503, "SERVICE_UNAVAILABLE", "Too many connections", "", std::chrono::seconds(1));
    write_response(impl_->busy, response, "", impl_->options.fixed_headers, Keep::close, SendBody::yes);
}

Server::~Server() {
    for (const auto& listener : impl_->listeners) {
        if (listener.endpoint.is_unix()) ::unlink(listener.endpoint.unix_path.c_str());
    }
}

Result<void> Server::listen() {
    for (const Endpoint& endpoint : impl_->options.listen) {
        const auto fd = open_listener(endpoint);
        if (!fd) return std::unexpected(fd.error());
        impl_->listeners.emplace_back(impl_->threads[0], *fd, bound_endpoint(*fd, endpoint));
    }
    return {};
}

std::vector<Endpoint> Server::endpoints() const {
    std::vector<Endpoint> all;
    for (const auto& listener : impl_->listeners) all.push_back(listener.endpoint);
    return all;
}

void Server::start() {
    auto& loop = impl_->threads[0];
    asio::post(loop.context, [this, &loop] {
        for (auto& listener : impl_->listeners) loop.tasks.spawn("accept", impl_->accept(listener));
    });
}

Task<bool> Server::drain(Deadline by) {
    for (auto& hub : impl_->hubs) hub.draining = true;
    for (auto& listener : impl_->listeners) {
        boost::system::error_code ignored;
        listener.descriptor.close(ignored);
    }
    Pause pause(co_await asio::this_coro::executor);
    pause.expires_at(by.within(kIdleGrace).at());
    co_await pause.async_wait(as_values);
    while (impl_->open() > 0 && !by.passed()) {
        for (auto& hub : impl_->hubs) {
            asio::post(hub.loop.context, [&hub] {
                for (auto* connection : hub.connections) connection->close_if_idle();
            });
        }
        pause.expires_after(std::chrono::milliseconds(10));
        co_await pause.async_wait(as_values);
    }
    co_return impl_->open() == 0;
}

std::size_t Server::open_connections() const noexcept { return impl_->open(); }

std::size_t raise_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

}  // namespace gatehouse::web
