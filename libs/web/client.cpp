#include "web/client.hpp"

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <sys/socket.h>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "async/one_shot.hpp"
#include "base/secret.hpp"
#include "web/head_rules.hpp"
#include "web/listener.hpp"
#include "web/read_buffer.hpp"
#include "web/response_parser.hpp"
#include "web/stream.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kReadStep = 4096;
constexpr std::size_t kMostHead = 8 * 1024;

struct Connection {
    Connection(Loop& loop, int fd) : stream(loop, fd) {}
    Stream stream;
    ReadBuffer buffer;
    SteadyTime idle_since{};
};

std::string serialise(const ClientRequest& request, const Endpoint& server, Deadline by) {
    std::string out;
    out.reserve(256 + request.body.size());
    out.append(to_string(request.method)).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
    if (server.is_unix() || server.host.empty()) {
        out.append("localhost");
    } else {
        out.append(to_string(server));
    }
    out.append("\r\n");
    for (const auto& [name, value] : request.headers) out.append(name).append(": ").append(value).append("\r\n");
    fmt::format_to(std::back_inserter(out), "X-Request-Timeout-Ms: {}\r\n", by.remaining().count());
    if (!request.body.empty()) {
        fmt::format_to(std::back_inserter(out), "Content-Type: application/json\r\nContent-Length: {}\r\n",
                       request.body.size());
    } else if (request.method != Method::get) {
        out.append("Content-Length: 0\r\n");
    }
    out.append("\r\n").append(request.body);
    return out;
}

Result<int> socket_result(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return fail(Errc::unavailable, std::strerror(error));
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
    Impl(Loop& l, Endpoint s, Options o) : loop(l), server(std::move(s)), options(o), named(needs_resolving(server)) {}

    Loop& loop;
    const Endpoint server;
    const Options options;
    const bool named;  // the host is a name: resolved before each connect, as containers move
    std::deque<std::unique_ptr<Connection>> idle;  // the freshest last
    std::deque<std::shared_ptr<OneShot<bool>>> waiting;
    std::size_t in_use = 0;

    // A turn on one of the connections. `release` hands it to the longest waiter.
    Task<Result<void>> acquire(Deadline by) {
        if (in_use < options.connections) {
            ++in_use;
            co_return Result<void>{};
        }
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

    // A pooled connection that is still open and silent, or none.
    std::unique_ptr<Connection> take_idle() {
        const auto now = std::chrono::steady_clock::now();
        while (!idle.empty()) {
            auto connection = std::move(idle.back());
            idle.pop_back();
            if (now - connection->idle_since > options.idle) {
                idle.clear();  // all others are older
                break;
            }
            char byte = 0;
            if (connection->stream.read({&byte, 1}).state == Io::State::would_block) return connection;
        }
        return nullptr;
    }

    // getaddrinfo cannot be interrupted: it runs on its own, and the caller stops waiting at its deadline.
    Task<Result<Endpoint>> resolve(Deadline by) {
        if (!named) co_return server;
        auto answer = std::make_shared<OneShot<Result<Endpoint>>>(loop.wheel);
        loop.tasks.spawn("resolve", look_up(server, answer));
        auto found = co_await answer->wait(by);
        if (!found) co_return fail(Errc::timeout, "the name " + server.host + " was not resolved in time");
        co_return std::move(*found);
    }
    static Task<> look_up(Endpoint server, std::shared_ptr<OneShot<Result<Endpoint>>> answer) {
        asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(co_await asio::this_coro::executor);
        auto [error, found] = co_await resolver.async_resolve(server.host, std::to_string(server.port), as_values);
        if (error || found.empty()) {
            answer->set(fail(Errc::unavailable, fmt::format("cannot resolve {}: {}", server.host, error.message())));
            co_return;
        }
        server.host = found.begin()->endpoint().address().to_string();
        answer->set(std::move(server));
    }

    Task<Result<std::unique_ptr<Connection>>> connect(Deadline by) {
        auto address = co_await resolve(by.within(options.connect));
        if (!address) co_return std::unexpected(std::move(address).error());
        const auto fd = begin_connect(*address);
        if (!fd) co_return std::unexpected(fd.error());
        auto connection = std::make_unique<Connection>(loop, *fd);
        const bool ready = co_await connection->stream.writable(by.within(options.connect));
        if (!ready) co_return fail(Errc::timeout, "no connection to " + to_string(server) + " in time");
        if (auto result = socket_result(*fd); !result) {
            co_return fail(Errc::unavailable,
                           fmt::format("cannot connect to {}: {}", to_string(server), result.error().detail));
        }
        co_return std::move(connection);
    }

    Task<Result<void>> receive(Connection& connection, std::size_t total, Deadline by) {
        while (true) {
            const Io io = connection.stream.read(connection.buffer.room(total));
            if (io.state == Io::State::ended)
                co_return fail(Errc::protocol, to_string(server) + " closed the connection");
            if (io.state == Io::State::done) {
                connection.buffer.received(io.bytes);
                co_return Result<void>{};
            }
            const bool ready = co_await connection.stream.readable(by);
            if (!ready) co_return fail(Errc::timeout, "no answer from " + to_string(server) + " in time");
        }
    }

    struct Answer {
        ClientResponse response;
        bool keep = false;
    };
    Task<Result<Answer>> read_answer(Connection& connection, Deadline by) {
        auto& buffer = connection.buffer;
        HeadScanner scanner;
        while (true) {
            const auto state = scanner.scan(buffer.view());
            if (state == HeadScanner::State::complete) break;
            if (state == HeadScanner::State::bad || buffer.size() > kMostHead) {
                co_return fail(Errc::protocol, to_string(server) + " does not answer in HTTP");
            }
            auto received = co_await receive(connection, buffer.size() + kReadStep, by);
            if (!received) co_return std::unexpected(std::move(received).error());
        }
        const auto head = parse_response_head(buffer.view().substr(0, scanner.head_size()));
        if (!head || head->content_length > options.response_bytes) {
            co_return fail(Errc::protocol, to_string(server) + " sent an answer that cannot be read");
        }
        Answer answer{{head->status, {}, std::string(head->retry_after)}, head->keep_alive};
        const auto length = static_cast<std::size_t>(head->content_length);
        const auto total = scanner.head_size() + length;
        while (buffer.size() < total) {
            auto received = co_await receive(connection, total, by);
            if (!received) co_return std::unexpected(std::move(received).error());
        }
        answer.response.body = buffer.view().substr(scanner.head_size(), length);
        buffer.consume(total);
        answer.keep = answer.keep && buffer.empty();  // bytes that nobody asked for: not a connection to trust
        co_return std::move(answer);
    }

    // One try. `written`: bytes went out, so the server may have begun to act.
    Task<Result<ClientResponse>> exchange(std::unique_ptr<Connection> connection, const ClientRequest& request,
                                          Deadline by, bool& written) {
        std::string wire = serialise(request, server, by);
        written = false;
        const Io first = connection->stream.write(wire);
        if (first.state == Io::State::ended) {
            wipe(wire);
            co_return fail(Errc::unavailable, to_string(server) + " closed the connection");
        }
        written = true;
        const bool sent = co_await connection->stream.write_all(std::string_view(wire).substr(first.bytes), by);
        wipe(wire);
        if (!sent)
            co_return fail(by.passed() ? Errc::timeout : Errc::unavailable, "cannot send to " + to_string(server));
        auto answer = co_await read_answer(*connection, by);
        if (!answer) co_return std::unexpected(std::move(answer).error());
        if (answer->keep) {
            connection->idle_since = std::chrono::steady_clock::now();
            connection->buffer.release();
            idle.push_back(std::move(connection));
        }
        co_return std::move(answer->response);
    }

    Task<Result<ClientResponse>> attempt(const ClientRequest& request, Retry retry, Deadline by) {
        if (auto pooled = take_idle()) {
            bool written = false;
            auto answer = co_await exchange(std::move(pooled), request, by, written);
            const bool again =
                !answer && answer.error().code == Errc::unavailable && (retry == Retry::once || !written);
            if (!again) co_return std::move(answer);
        }
        auto fresh = co_await connect(by);
        if (!fresh) co_return std::unexpected(std::move(fresh).error());
        bool written = false;
        auto answer = co_await exchange(std::move(*fresh), request, by, written);
        co_return std::move(answer);
    }
};

Client::Client(Loop& loop, Endpoint server, Options options)
    : impl_(std::make_unique<Impl>(loop, std::move(server), options)) {}
Client::~Client() = default;

Task<Result<ClientResponse>> Client::send(ClientRequest request, Retry retry, Deadline by) {
    auto turn = co_await impl_->acquire(by);
    if (!turn) co_return std::unexpected(std::move(turn).error());
    const Impl::Turn held(*impl_);
    auto answer = co_await impl_->attempt(request, retry, by);
    wipe(request.body);
    co_return std::move(answer);
}

void Client::close_idle() noexcept { impl_->idle.clear(); }

std::size_t Client::outstanding() const noexcept { return impl_->in_use + impl_->waiting.size(); }
const Endpoint& Client::server() const noexcept { return impl_->server; }

}  // namespace gatehouse::web
