#include "web/server.hpp"

#include <algorithm>
#include <deque>
#include <sys/resource.h>
#include <sys/socket.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
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
constexpr std::chrono::milliseconds kIdleGrace{250};  // of a drain: a request just being sent is still answered

struct Listener {
    Listener(Loop& loop, Listening opened, const Endpoint& asked)
        : descriptor(loop.context.get_executor(), opened.fd),
          endpoint(bound_endpoint(opened.fd, asked)),
          own_file(endpoint.is_unix() && !opened.inherited) {}
    // Nobody finds it any more. Before it is closed: from then on the path may be another process's.
    void withdraw() {
        if (std::exchange(own_file, false)) ::unlink(endpoint.unix_path.c_str());
    }
    void close() {
        withdraw();
        boost::system::error_code ignored;
        descriptor.close(ignored);
    }
    asio::posix::basic_stream_descriptor<Executor> descriptor;
    Endpoint endpoint;
    bool own_file;
};

// An accepted connection on its way to its loop, counted. It keeps the hub alive: a coroutine may outlast its Server,
// suspended on a loop that has stopped.
struct Arrival {
    Arrival(std::shared_ptr<ConnectionHub> h, int f, Peer p) : hub(std::move(h)), fd(f), peer(std::move(p)) {
        hub->open.fetch_add(1, std::memory_order_relaxed);
    }
    Arrival(const Arrival&) = delete;
    Arrival& operator=(const Arrival&) = delete;
    ~Arrival() {
        if (fd >= 0) ::close(fd);
        hub->open.fetch_sub(1, std::memory_order_relaxed);
    }
    const std::shared_ptr<ConnectionHub> hub;
    int fd;
    const Peer peer;
};

Task<> serve(std::unique_ptr<Arrival> arrival) {
    Connection connection(*arrival->hub, std::exchange(arrival->fd, -1), arrival->peer);
    co_await connection.run();
}

// One of `of`, as long as it lives.
struct Counted {
    explicit Counted(std::shared_ptr<std::size_t> o) noexcept : of(std::move(o)) { ++*of; }
    Counted(Counted&&) noexcept = default;
    Counted& operator=(Counted&&) = delete;
    ~Counted() {
        if (of) --*of;
    }
    std::shared_ptr<std::size_t> of;
};

// Writes `answer` and waits a moment for the client to read it.
Task<> turn_away(Loop& loop, int fd, std::string answer, Counted /*under_way*/) {
    constexpr std::chrono::milliseconds kMost{1000};
    Stream stream(loop, fd);
    const bool sent = co_await stream.write_all(answer, Deadline::after(kMost));
    if (sent) co_await stream.linger();
}

}  // namespace

// Shared with the coroutines that it starts: those that a stopped loop leaves suspended go after the Server.
struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(IoThreads& io, ServerOptions opts) : threads(io), options(std::move(opts)) {}

    IoThreads& threads;
    const ServerOptions options;
    std::deque<ConnectionHub> hubs;
    std::deque<Listener> listeners;
    // Used on the accepting loop only.
    DateLine date;
    std::shared_ptr<std::size_t> turned_away = std::make_shared<std::size_t>(0);
    SteadyTime last_warning{};

    [[nodiscard]] std::size_t open() const noexcept {
        std::size_t sum = 0;
        for (const auto& hub : hubs) sum += hub.open.load(std::memory_order_relaxed);
        return sum;
    }

    void hand_over(const Accepted& accepted) {
        if (open() >= options.connections) {
            refuse(accepted);
            return;
        }
        auto& hub = *std::ranges::min_element(
            hubs, {}, [](const ConnectionHub& h) { return h.open.load(std::memory_order_relaxed); });
        const std::shared_ptr<ConnectionHub> shared(shared_from_this(), &hub);
        auto arrival = std::make_unique<Arrival>(shared, accepted.fd, accepted.peer);
        asio::post(hub.loop.context, [arrival = std::move(arrival)]() mutable {
            auto& tasks = arrival->hub->loop.tasks;
            tasks.spawn("connection", serve(std::move(arrival)));
        });
    }

    // A connection too many: a quick 503 (over TLS: closed). Those that wait for their clients to read it are bounded
    // too.
    void refuse(const Accepted& accepted) {
        constexpr std::size_t kMostAtOnce = 256;
        const int fd = accepted.fd;
        if (options.tls && !accepted.peer.is_unix) {  // a handshake is what there is no room for
            ::close(fd);
            return;
        }
        std::string id;
        hubs.front().new_request_id(id);
        const auto response =
            error_response(503, "SERVICE_UNAVAILABLE", "Too many connections", id, std::chrono::seconds(1));
        std::string answer;
        const Frame frame{date.at(system_clock().now()), options.fixed_headers, "", id, Keep::close, SendBody::yes};
        write_response(answer, response, frame);
        if (*turned_away >= kMostAtOnce) {
            std::ignore = ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            ::close(fd);
            return;
        }
        threads[0].tasks.spawn("turn_away", turn_away(threads[0], fd, std::move(answer), Counted(turned_away)));
    }

    void warn(AcceptFailure why) {
        constexpr std::chrono::seconds kBetween{10};
        const auto now = std::chrono::steady_clock::now();
        if (last_warning != SteadyTime{} && now - last_warning < kBetween) return;
        last_warning = now;
        if (why == AcceptFailure::out_of_descriptors) {
            log::warn("server.out_of_descriptors", {{"detail", "raise the limit of open files (ulimit -n)"}});
        } else {
            log::warn("server.accept_refused", {{"detail", "the system forbids accept(): a filter of system calls?"}});
        }
    }

    static Task<> accept(std::shared_ptr<Impl> self, Listener& listener) {
        constexpr int kPerTurn = 64;  // then other work of this loop has its turn
        SteadyTimer pause(co_await own_executor());
        while (listener.descriptor.is_open()) {
            auto [error] = co_await listener.descriptor.async_wait(asio::posix::descriptor_base::wait_read, as_values);
            if (error) co_return;
            for (int i = 0; i < kPerTurn && listener.descriptor.is_open(); ++i) {
                const auto accepted = accept_one(listener.descriptor.native_handle());
                if (accepted) {
                    self->hand_over(*accepted);
                } else if (accepted.error() == AcceptFailure::none_waiting) {
                    break;
                } else {
                    self->warn(accepted.error());
                    pause.expires_after(kDescriptorPause);
                    co_await pause.async_wait(as_values);
                    break;
                }
            }
        }
    }

    // Whoever has connected already is still served.
    void stop_listening() {
        for (auto& listener : listeners) {
            if (!listener.descriptor.is_open()) continue;
            listener.withdraw();
            while (const auto accepted = accept_one(listener.descriptor.native_handle())) hand_over(*accepted);
            listener.close();
        }
    }
    void close_idle() {
        for (auto& hub : hubs) {
            const std::shared_ptr<ConnectionHub> shared(shared_from_this(), &hub);
            asio::post(hub.loop.context, [shared] {
                for (auto* connection : shared->connections) connection->close_if_idle();
            });
        }
    }
};

Server::Server(IoThreads& threads, ServerOptions options, std::vector<Handler> handlers)
    : impl_(std::make_shared<Impl>(threads, std::move(options))) {
    for (std::size_t i = 0; i < threads.size(); ++i) {
        std::uint64_t first_request = 0;
        randombytes_buf(&first_request, sizeof first_request);
        impl_->hubs.emplace_back(threads[i], impl_->options, std::move(handlers.at(i)), first_request);
    }
}

Server::~Server() {
    for (auto& listener : impl_->listeners) listener.close();
}

Result<void> Server::listen() {
    for (const Endpoint& endpoint : impl_->options.listen) {
        const auto opened = open_listener(endpoint);
        if (!opened) return std::unexpected(opened.error());
        impl_->listeners.emplace_back(impl_->threads[0], *opened, endpoint);
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
    asio::post(loop.context, [impl = impl_, &loop] {
        for (auto& listener : impl->listeners) loop.tasks.spawn("accept", Impl::accept(impl, listener));
    });
}

Task<bool> Server::drain(Deadline by) {
    const auto impl = impl_;
    for (auto& hub : impl->hubs) hub.draining = true;
    impl->stop_listening();
    SteadyTimer pause(co_await own_executor());
    pause.expires_at(by.within(kIdleGrace).at());
    co_await pause.async_wait(as_values);
    while (impl->open() > 0 && !by.passed()) {
        impl->close_idle();
        pause.expires_after(std::chrono::milliseconds(10));
        co_await pause.async_wait(as_values);
    }
    co_return impl->open() == 0;
}

std::size_t Server::open_connections() const noexcept { return impl_->open(); }

std::size_t within_file_limit(std::size_t connections) noexcept {
    // Links between the services and to the stores, the admin port's 64 connections, refusals under way, files.
    constexpr rlim_t kOwn = 512;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t most = std::max<rlim_t>(limit.rlim_cur - std::min(kOwn, limit.rlim_cur / 2), 1);
    if (connections <= most) return connections;
    log::warn("server.few_descriptors",
              {{"wanted", static_cast<std::int64_t>(connections)},
               {"connections", static_cast<std::int64_t>(most)},
               {"detail", "raise the limit of open files (ulimit -Hn), or lower CONNECTIONS_MAX"}});
    return static_cast<std::size_t>(most);
}

}  // namespace gatehouse::web
