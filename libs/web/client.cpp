#include "web/client.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <random>
#include <sys/socket.h>
#include <system_error>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "async/one_shot.hpp"
#include "base/secret.hpp"
#include "web/client_messages.hpp"
#include "web/listener.hpp"
#include "web/read_buffer.hpp"
#include "web/stream.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kMostAddresses = 8;  // of one name, that are tried

using Addresses = std::vector<Endpoint>;

// One call of the resolver, and everybody who waits for it.
struct LookUp {
    std::vector<std::shared_ptr<OneShot<Result<Addresses>>>> waiting;
    bool ended = false;

    struct End {
        LookUp& call;
        ~End() { call.ended = true; }
    };
};

struct Connection {
    Connection(Loop& loop, int fd) : stream(loop, fd) {}
    Stream stream;
    ReadBuffer buffer;
    SteadyTime idle_since{};
};

// How far an exchange came. unsent: no byte was written; lost: the connection went after some were.
enum class Progress : std::uint8_t { unsent, sent, lost };

Result<int> socket_result(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return fail(Errc::unavailable, std::generic_category().message(error));
    return fd;
}

bool needs_resolving(const Endpoint& server) {
    if (server.is_unix() || server.host.empty() || server.host == "localhost") return false;
    boost::system::error_code error;
    asio::ip::make_address(server.host, error);
    return error.failed();
}

}  // namespace

struct Client::Impl {
    Impl(Loop& l, Endpoint s, Options o)
        : loop(l),
          server(std::move(s)),
          host(host_line(server)),
          options(std::move(o)),
          named(needs_resolving(server)),
          sweep(l.wheel, [](void* self) { static_cast<Impl*>(self)->close_old(); }, this) {}

    Loop& loop;
    const Endpoint server;
    const std::string host;  // the header's line
    const Options options;
    const bool named;  // the host is a name: resolved before each connect, as containers move
    std::deque<std::unique_ptr<Connection>> idle;  // the freshest last
    std::deque<std::shared_ptr<OneShot<bool>>> waiting;
    std::size_t in_use = 0;
    std::shared_ptr<LookUp> looking_up;
    std::size_t next_address = std::random_device{}();  // of a name; else every client would begin with the same one
    WheelTimer sweep;                                   // closes what has been idle for too long

    // A turn on one of the connections, if one is free; else wait_for_turn. `release` hands it to the longest waiter.
    bool take_turn() noexcept {
        if (in_use >= options.connections) return false;
        ++in_use;
        return true;
    }
    Task<Result<void>> wait_for_turn(Deadline by) {
        if (waiting.size() >= options.waiting)
            co_return fail(Errc::overloaded, "too many requests wait for " + to_string(server));
        auto turn = std::make_shared<OneShot<bool>>(loop.wheel);
        waiting.push_back(turn);
        const auto got = co_await turn->wait(by);
        if (!got) {
            std::erase(waiting, turn);
            co_return fail(Errc::timeout, "no connection to " + to_string(server) + " became free in time");
        }
        co_return Result<void>{};  // the releaser's place is ours now
    }
    void release() {
        while (!waiting.empty()) {
            auto turn = std::move(waiting.front());
            waiting.pop_front();
            if (turn->closed()) continue;
            turn->set(true);
            return;
        }
        --in_use;
    }

    // Gives the turn back, whatever happens.
    struct Turn {
        explicit Turn(Impl& i) noexcept : impl(i) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { impl.release(); }
        Impl& impl;
    };

    // A pooled connection that is still open and silent, or none. What the loop has been told of it is enough for who
    // may ask again; others look once more.
    std::unique_ptr<Connection> take_idle(Retry retry) {
        const auto now = std::chrono::steady_clock::now();
        while (!idle.empty()) {
            auto connection = std::move(idle.back());
            idle.pop_back();
            if (now - connection->idle_since >= options.idle) {
                idle.clear();  // all others are older
                break;
            }
            char byte = 0;
            const bool told_silent = retry == Retry::once && connection->stream.silent();
            const bool silent = told_silent || connection->stream.read({&byte, 1}).state == Io::State::would_block;
            if (silent) return connection;
        }
        return nullptr;
    }

    void close_old() {
        const auto now = std::chrono::steady_clock::now();
        while (!idle.empty() && now - idle.front()->idle_since >= options.idle) idle.pop_front();
        if (!idle.empty()) sweep.arm(Deadline(idle.front()->idle_since + options.idle));
    }
    void keep(std::unique_ptr<Connection> connection) {
        connection->idle_since = std::chrono::steady_clock::now();
        connection->buffer.release();
        idle.push_back(std::move(connection));
        if (!sweep.armed()) sweep.arm(Deadline(idle.front()->idle_since + options.idle));
    }

    // getaddrinfo cannot be interrupted: it runs on its own, and the caller stops waiting at its deadline. One call at
    // a time: while a name server is away they would pile up, and be worked off one by one once it is back.
    Task<Result<Addresses>> resolve(Deadline by) {
        if (!named) co_return Addresses(1, server);
        auto answer = std::make_shared<OneShot<Result<Addresses>>>(loop.wheel);
        if (!looking_up || looking_up->ended) {
            looking_up = std::make_shared<LookUp>();
            loop.tasks.spawn("resolve", look_up(server, looking_up));
        }
        std::erase_if(looking_up->waiting, [](const auto& one) { return one->closed(); });
        looking_up->waiting.push_back(answer);
        auto found = co_await answer->wait(by);
        if (!found) co_return fail(Errc::unavailable, "the name " + server.host + " was not resolved in time");
        co_return std::move(*found);
    }
    static Task<> look_up(Endpoint server, std::shared_ptr<LookUp> call) {
        const LookUp::End end{*call};
        asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(co_await own_executor());
        auto [error, found] = co_await resolver.async_resolve(server.host, std::to_string(server.port), as_values);
        Result<Addresses> result = Addresses();
        for (const auto& one : found) {
            if (result->size() == kMostAddresses) break;
            result->push_back(server);
            result->back().host = one.endpoint().address().to_string();
        }
        if (error || result->empty())
            result = fail(Errc::unavailable, fmt::format("cannot resolve {}: {}", server.host, error.message()));
        for (const auto& one : call->waiting) one->set(result);
    }

    Result<std::unique_ptr<Connection>> open(int fd) {
        try {
            return std::make_unique<Connection>(loop, fd);
        } catch (const boost::system::system_error& e) {  // the reactor has no room
            return fail(Errc::unavailable, fmt::format("cannot connect to {}: {}", to_string(server), e.what()));
        }
    }

    // Several containers may stand behind one name: they take turns, and one that cannot be reached is passed over.
    Task<Result<std::unique_ptr<Connection>>> connect(Deadline by) {
        auto addresses = co_await resolve(by.within(options.connect));
        if (!addresses) co_return std::unexpected(std::move(addresses).error());
        const auto count = addresses->size();
        const auto first = next_address++ % count;
        Result<std::unique_ptr<Connection>> made;
        for (std::size_t at = 0; at < count; ++at) {
            made = co_await connect_to((*addresses)[(first + at) % count], by.within(options.connect / count));
            if (made || by.passed()) break;
        }
        co_return std::move(made);
    }
    Task<Result<std::unique_ptr<Connection>>> connect_to(const Endpoint& address, Deadline by) {
        const auto fd = begin_connect(address);
        if (!fd) co_return std::unexpected(fd.error());
        auto made = open(*fd);
        if (!made) co_return std::unexpected(std::move(made).error());
        auto connection = std::move(*made);
        if (!address.is_unix()) {  // that is through at once
            const bool ready = co_await connection->stream.writable(by);
            if (!ready) co_return fail(Errc::unavailable, "no connection to " + to_string(server) + " in time");
        }
        if (auto result = socket_result(*fd); !result) {
            co_return fail(Errc::unavailable,
                           fmt::format("cannot connect to {}: {}", to_string(server), result.error().detail));
        }
        if (!options.tls || address.is_unix()) co_return std::move(connection);
        auto tls = options.tls->start(*fd, server.host);
        const auto state = co_await connection->stream.start_tls(std::move(tls), by);
        if (state == TlsSession::Handshake::done) co_return std::move(connection);
        if (by.passed()) co_return fail(Errc::unavailable, "no TLS with " + to_string(server) + " in time");
        co_return no_tls(connection->stream.tls_failure());
    }
    [[nodiscard]] std::unexpected<Error> no_tls(const TlsFailure& failure) const {
        return fail(Errc::unavailable,
                    fmt::format("no TLS with {}: {}", to_string(server), options.tls->explain(failure, server.host)));
    }

    // The peer has ended the connection before its answer was whole.
    [[nodiscard]] std::unexpected<Error> cut_off(const Connection& connection, Progress& progress) const {
        // It has looked at our certificate only now, and at no byte of the request.
        const TlsFailure failure = connection.stream.tls_failure();
        if (failure.kind == TlsFailure::Kind::refused && connection.buffer.empty()) return no_tls(failure);
        progress = Progress::lost;
        return fail(Errc::protocol, to_string(server) + " closed the connection");
    }

    // One try.
    Task<Result<ClientResponse>> exchange(std::unique_ptr<Connection> connection, const ClientRequest& request,
                                          Deadline by, Progress& progress) {
        std::string wire = serialise(request, host, by);
        progress = Progress::unsent;
        const Io first = connection->stream.write(wire);
        if (first.state == Io::State::ended) {
            wipe(wire);
            co_return fail(Errc::unavailable, to_string(server) + " closed the connection");
        }
        progress = Progress::sent;
        bool sent = first.bytes == wire.size();
        if (!sent) sent = co_await connection->stream.write_all(std::string_view(wire).substr(first.bytes), by);
        wipe(wire);
        if (!sent) {
            if (by.passed()) co_return fail(Errc::timeout, to_string(server) + " does not read in time");
            progress = Progress::lost;
            co_return fail(Errc::protocol, to_string(server) + " closed the connection");
        }
        AnswerReader reader(request, options.response_bytes);
        auto state = AnswerReader::State::more;
        while (state == AnswerReader::State::more) {
            // No answer is there before the server has run: reading at once would be a system call for nothing.
            const bool ready = co_await connection->stream.readable(by);
            if (!ready) co_return fail(Errc::timeout, "no answer from " + to_string(server) + " in time");
            const Io io = connection->stream.read(connection->buffer.room(reader.room(connection->buffer)));
            if (io.state == Io::State::ended) co_return cut_off(*connection, progress);
            if (io.state == Io::State::would_block) continue;
            connection->buffer.received(io.bytes);
            state = reader.look(connection->buffer);
        }
        if (state == AnswerReader::State::bad)
            co_return fail(Errc::protocol, to_string(server) + std::string(reader.why()));
        if (reader.keeps_connection()) keep(std::move(connection));
        co_return reader.take();
    }
};

Client::Client(Loop& loop, Endpoint server, Options options)
    : impl_(std::make_shared<Impl>(loop, std::move(server), std::move(options))) {}
Client::~Client() = default;

Task<Result<ClientResponse>> Client::send(const ClientRequest& request, Retry retry, Deadline by) {
    const auto impl = impl_;
    if (!is_sendable(request)) co_return fail(Errc::invalid_input, "the request's target or a header is malformed");
    if (!impl->take_turn()) {
        auto turn = co_await impl->wait_for_turn(by);
        if (!turn) co_return std::unexpected(std::move(turn).error());
    }
    const Impl::Turn held(*impl);
    if (by.passed()) co_return fail(Errc::timeout, "no time is left to ask " + to_string(impl->server));
    auto progress = Progress::unsent;
    if (auto pooled = impl->take_idle(retry)) {
        auto answer = co_await impl->exchange(std::move(pooled), request, by, progress);
        const bool dead = progress == Progress::unsent || (progress == Progress::lost && retry == Retry::once);
        if (answer || !dead) co_return std::move(answer);
    }
    auto fresh = co_await impl->connect(by);
    if (!fresh) co_return std::unexpected(std::move(fresh).error());
    auto answer = co_await impl->exchange(std::move(*fresh), request, by, progress);
    co_return std::move(answer);
}

void Client::close_idle() noexcept { impl_->idle.clear(); }

std::size_t Client::outstanding() const noexcept { return impl_->in_use + impl_->waiting.size(); }
const Endpoint& Client::server() const noexcept { return impl_->server; }

}  // namespace gatehouse::web
