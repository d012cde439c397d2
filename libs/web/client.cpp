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
#include "base/put_text.hpp"
#include "base/secret.hpp"
#include "web/head_rules.hpp"
#include "web/listener.hpp"
#include "web/read_buffer.hpp"
#include "web/request_ids.hpp"
#include "web/response_parser.hpp"
#include "web/stream.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kReadStep = 16 * 1024;  // an answer to a full batch of checks comes in two reads
constexpr std::size_t kMostHead = 8 * 1024;
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

std::string host_line(const Endpoint& server) {
    const bool named = !server.is_unix() && !server.host.empty();
    return "Host: " + (named ? to_string(server) : std::string("localhost")) + "\r\n";
}

std::string serialise(const ClientRequest& request, std::string_view host, Deadline by) {
    const auto method = to_string(request.method);
    const auto body = request.body.view();
    const auto timeout = by.remaining().count();
    // Enough at once: growing would leave copies of secrets behind.
    constexpr std::size_t names_and_numbers = 192;
    auto most = names_and_numbers + method.size() + request.target.size() + host.size() + body.size();
    for (const auto& [name, value] : request.headers) most += name.size() + value.size() + 4;
    const auto write = [&](char* start, std::size_t /*most*/) noexcept {
        char* at = start;
        const auto put = [&at](const auto&... texts) noexcept { ((at = put_text(at, texts)), ...); };
        put(method, " ", request.target, " HTTP/1.1\r\n", host);
        for (const auto& [name, value] : request.headers) put(name, ": ", value, "\r\n");
        put("X-Request-Timeout-Ms: ");
        at = put_number(at, timeout);
        if (!body.empty()) {
            put("\r\nContent-Type: application/json\r\nContent-Length: ");
            at = put_number(at, body.size());
        } else if (request.method != Method::get) {
            put("\r\nContent-Length: 0");
        }
        put("\r\n\r\n", body);
        return static_cast<std::size_t>(at - start);
    };
    std::string out;
    out.resize_and_overwrite(most, write);
    return out;
}

Result<int> socket_result(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return fail(Errc::unavailable, std::generic_category().message(error));
    return fd;
}

// What cannot be written as one line would be two: refused, as its author did not mean it.
bool is_sendable(const ClientRequest& request) noexcept {
    const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
    return request.target.starts_with('/') && std::ranges::all_of(request.target, visible) &&
           std::ranges::all_of(request.headers, [&](const auto& header) {
               return !header.first.empty() && std::ranges::all_of(header.first, is_token_character) &&
                      is_field_value(header.second);
           });
}

// An id that our servers adopt and repeat; empty: none.
std::string_view id_of(const ClientRequest& request) noexcept {
    for (const auto& [name, value] : request.headers) {
        if (name == "X-Request-Id" && is_request_id(value)) return value;
    }
    return {};
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
        if (!found) co_return fail(Errc::timeout, "the name " + server.host + " was not resolved in time");
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
            if (!ready) co_return fail(Errc::timeout, "no connection to " + to_string(server) + " in time");
        }
        if (auto result = socket_result(*fd); !result) {
            co_return fail(Errc::unavailable,
                           fmt::format("cannot connect to {}: {}", to_string(server), result.error().detail));
        }
        if (!options.tls || address.is_unix()) co_return std::move(connection);
        auto tls = options.tls->start(*fd, server.host);
        const auto state = co_await connection->stream.start_tls(std::move(tls), by);
        if (state == TlsSession::Handshake::done) co_return std::move(connection);
        if (by.passed()) co_return fail(Errc::timeout, "no TLS with " + to_string(server) + " in time");
        co_return no_tls(connection->stream.tls_failure());
    }
    [[nodiscard]] std::unexpected<Error> no_tls(const TlsFailure& failure) const {
        return fail(Errc::unavailable,
                    fmt::format("no TLS with {}: {}", to_string(server), options.tls->explain(failure, server.host)));
    }

    Task<Result<void>> receive(Connection& connection, std::size_t total, Deadline by, Progress& progress) {
        while (true) {
            const Io io = connection.stream.read(connection.buffer.room(total));
            if (io.state == Io::State::ended) {
                // It has looked at our certificate only now, and at no byte of the request.
                const TlsFailure failure = connection.stream.tls_failure();
                const bool unheard = failure.kind == TlsFailure::Kind::refused && connection.buffer.empty();
                if (unheard) co_return no_tls(failure);
                progress = Progress::lost;
                co_return fail(Errc::protocol, to_string(server) + " closed the connection");
            }
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
    // `asked_by`: the id that the request came with, which the server repeats; empty: none.
    Task<Result<Answer>> read_answer(Connection& connection, Method method, std::string_view asked_by, Deadline by,
                                     Progress& progress) {
        auto& buffer = connection.buffer;
        HeadScanner scanner;
        while (true) {
            const auto state = scanner.scan(buffer.view());
            if (state == HeadScanner::State::complete) break;
            if (state == HeadScanner::State::bad || buffer.size() > kMostHead) {
                co_return fail(Errc::protocol, to_string(server) + " does not answer in HTTP");
            }
            auto received = co_await receive(connection, buffer.size() + kReadStep, by, progress);
            if (!received) co_return std::unexpected(std::move(received).error());
        }
        const auto head = parse_response_head(buffer.view().substr(0, scanner.head_size()));
        if (!head || head->content_length > options.response_bytes) {
            co_return fail(Errc::protocol, to_string(server) + " sent an answer that cannot be read");
        }
        // Whose answer it is: a success that was meant for another request must not be taken for this one's.
        const bool another = !head->request_id.empty() && !asked_by.empty() && head->request_id != asked_by;
        if (head->status < 300 && another)
            co_return fail(Errc::protocol, to_string(server) + " answered another request");
        Answer answer{{head->status, {}, std::string(head->retry_after)}, head->keep_alive};
        const auto length = method == Method::head ? 0 : static_cast<std::size_t>(head->content_length);
        const auto total = scanner.head_size() + length;
        while (buffer.size() < total) {
            auto received = co_await receive(connection, total, by, progress);
            if (!received) co_return std::unexpected(std::move(received).error());
        }
        answer.response.body = buffer.view().substr(scanner.head_size(), length);
        buffer.consume(total);
        answer.keep = answer.keep && buffer.empty();  // bytes that nobody asked for: not a connection to trust
        co_return std::move(answer);
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
        const bool sent = co_await connection->stream.write_all(std::string_view(wire).substr(first.bytes), by);
        wipe(wire);
        if (!sent) {
            if (by.passed()) co_return fail(Errc::timeout, to_string(server) + " does not read in time");
            progress = Progress::lost;
            co_return fail(Errc::protocol, to_string(server) + " closed the connection");
        }
        // No answer is there before the server has run: reading at once would be a system call for nothing.
        const bool ready = co_await connection->stream.readable(by);
        if (!ready) co_return fail(Errc::timeout, "no answer from " + to_string(server) + " in time");
        auto answer = co_await read_answer(*connection, request.method, id_of(request), by, progress);
        if (!answer) co_return std::unexpected(std::move(answer).error());
        if (answer->keep) keep(std::move(connection));
        co_return std::move(answer->response);
    }

    Task<Result<ClientResponse>> attempt(const ClientRequest& request, Retry retry, Deadline by) {
        if (by.passed()) co_return fail(Errc::timeout, "no time is left to ask " + to_string(server));
        if (auto pooled = take_idle(retry)) {
            auto progress = Progress::unsent;
            auto answer = co_await exchange(std::move(pooled), request, by, progress);
            const bool dead = progress == Progress::unsent || (progress == Progress::lost && retry == Retry::once);
            if (answer || !dead) co_return std::move(answer);
        }
        auto fresh = co_await connect(by);
        if (!fresh) co_return std::unexpected(std::move(fresh).error());
        auto progress = Progress::unsent;
        auto answer = co_await exchange(std::move(*fresh), request, by, progress);
        co_return std::move(answer);
    }
};

Client::Client(Loop& loop, Endpoint server, Options options)
    : impl_(std::make_shared<Impl>(loop, std::move(server), std::move(options))) {}
Client::~Client() = default;

Task<Result<ClientResponse>> Client::send(const ClientRequest& request, Retry retry, Deadline by) {
    const auto impl = impl_;
    if (!is_sendable(request)) co_return fail(Errc::invalid_input, "the request's target or a header is malformed");
    auto turn = co_await impl->acquire(by);
    if (!turn) co_return std::unexpected(std::move(turn).error());
    const Impl::Turn held(*impl);
    auto answer = co_await impl->attempt(request, retry, by);
    co_return std::move(answer);
}

void Client::close_idle() noexcept { impl_->idle.clear(); }

std::size_t Client::outstanding() const noexcept { return impl_->in_use + impl_->waiting.size(); }
const Endpoint& Client::server() const noexcept { return impl_->server; }

}  // namespace gatehouse::web
