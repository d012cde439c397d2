#include "support/mean_relay.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "support/http.hpp"
#include "support/loopback.hpp"

namespace gatehouse::test {
namespace {

constexpr unsigned kSeldom = 24;          // one message in so many meets each kind while the relay is mean
constexpr std::size_t kMostSingle = 300;  // bytes of a message that trickle: all of its head, some of its body
constexpr std::chrono::milliseconds kMostDelay{20};

// The size of the first whole answer, or 0.
std::size_t whole_http(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const auto length = parse_message(bytes.substr(0, end + 4)).header("Content-Length");
    const auto size = end + 4 + (length.empty() ? 0 : std::stoul(length));
    return size <= bytes.size() ? size : 0;
}

std::size_t whole_reply(std::string_view bytes) {
    const auto line = bytes.find("\r\n");
    if (line == std::string_view::npos) return 0;
    const long number = std::strtol(bytes.data() + 1, nullptr, 10);  // the line's end ends it
    auto size = line + 2;
    if (bytes.front() == '$' && number >= 0) size += static_cast<std::size_t>(number) + 2;
    for (long i = 0; bytes.front() == '*' && i < number; ++i) {
        const auto element = whole_reply(bytes.substr(std::min(size, bytes.size())));
        if (element == 0) return 0;
        size += element;
    }
    return size <= bytes.size() ? size : 0;
}

}  // namespace

std::string_view name_of(Meanness kind) {
    constexpr std::array<std::string_view, kMeannesses.size()> names{
        "delayed", "trickled", "stalled", "cut request", "cut answer", "duplicated", "duplicated late", "slammed"};
    return names.at(static_cast<std::size_t>(kind));
}

MeanRelay::MeanRelay(MeanRelayOptions options) : options_(std::move(options)), random_(options_.seed) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 128) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "mean relay");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
}

MeanRelay::~MeanRelay() {
    stopping_ = true;
    thread_.join();
    for (auto& connection : connections_) cut(connection);
    ::close(listener_);
}

bool MeanRelay::did_all() const {
    return std::ranges::all_of(options_.kinds, [this](Meanness kind) { return count(kind) > 0; });
}

bool MeanRelay::wants(Meanness kind) {
    if (!mean_ || !dice(kind == Meanness::slammed ? 3 : kSeldom)) return false;
    if (std::ranges::find(options_.kinds, kind) == options_.kinds.end()) return false;
    ++counts_.at(static_cast<std::size_t>(kind));
    return true;
}

void MeanRelay::accept_one() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto& added = connections_.emplace_back(Connection{{client, server, {}, {}}, {server, client, {}, {}}, {}});
    no_delay(client);
    no_delay(server);
    const auto address = loopback(options_.upstream);
    if (wants(Meanness::slammed) ||
        ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        cut(added);
    }
}

// Orderly or with a reset: a reset may overtake the bytes before it.
void MeanRelay::cut(Connection& connection) {
    if (std::exchange(connection.closed, true)) return;
    const linger now{dice(2) ? 1 : 0, 0};
    for (const int fd : {connection.up.from, connection.up.to}) {
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(fd);
    }
}

void MeanRelay::read_from(Connection& connection, Pipe& pipe) {
    std::array<char, 65536> buffer;
    const auto got = ::recv(pipe.from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        if (&pipe == &connection.up) {
            take_request(connection, std::string(bytes));
        } else {
            take_answers(connection, bytes);
        }
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        cut(connection);
    }
}

void MeanRelay::take_request(Connection& connection, std::string bytes) {
    if (!connection.again.empty()) {
        Piece late{std::chrono::steady_clock::now(), std::move(connection.again)};
        connection.again.clear();
        connection.down.held.push_back(std::move(late));
        pass_on(connection, connection.down);
        if (connection.closed) return;
    }
    Piece piece{std::chrono::steady_clock::now(), std::move(bytes)};
    if (wants(Meanness::cut_request)) {
        piece.bytes.resize(random_() % piece.bytes.size());
        piece.then_cut = true;
    }
    if (wants(Meanness::trickled)) piece.single = std::min(kMostSingle, piece.bytes.size());
    connection.up.held.push_back(std::move(piece));
    pass_on(connection, connection.up);
}

void MeanRelay::take_answers(Connection& connection, std::string_view bytes) {
    auto& received = connection.down.received;
    received += bytes;
    while (!connection.closed) {
        const auto size = options_.framing == Framing::http ? whole_http(received) : whole_reply(received);
        if (size == 0) return;
        take_answer(connection, received.substr(0, size));
        received.erase(0, size);
    }
}

void MeanRelay::take_answer(Connection& connection, std::string bytes) {
    Piece piece{std::chrono::steady_clock::now(), std::move(bytes)};
    if (wants(Meanness::duplicated)) {
        piece.bytes += std::string(piece.bytes);
    } else if (wants(Meanness::duplicated_late)) {
        connection.again = piece.bytes;
    } else if (wants(Meanness::cut_answer)) {
        piece.bytes.resize(random_() % piece.bytes.size());
        piece.then_cut = true;
    }
    if (wants(Meanness::delayed)) {
        piece.due += std::chrono::milliseconds(random_() % static_cast<unsigned>(kMostDelay.count()));
    } else if (wants(Meanness::stalled)) {
        piece.due += options_.stall;
    }
    if (wants(Meanness::trickled)) piece.single = std::min(kMostSingle, piece.bytes.size());
    connection.down.held.push_back(std::move(piece));
    pass_on(connection, connection.down);
}

// What is due; a single byte per round of the loop, so that each arrives alone.
void MeanRelay::pass_on(Connection& connection, Pipe& pipe) {
    while (!pipe.held.empty() && !connection.closed) {
        Piece& piece = pipe.held.front();
        if (piece.due > std::chrono::steady_clock::now()) return;
        const auto size = piece.single > 0 ? 1 : piece.bytes.size();
        const auto sent = ::send(pipe.to, piece.bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN) cut(connection);
            return;
        }
        piece.bytes.erase(0, static_cast<std::size_t>(sent));
        const bool trickles = piece.single > 0;
        if (trickles) --piece.single;
        if (piece.bytes.empty()) {
            if (piece.then_cut) cut(connection);
            pipe.held.pop_front();
        }
        if (trickles) return;
    }
}

// How long nothing needs to be done unless something comes, in milliseconds.
int MeanRelay::patience() const {
    constexpr int none = 0;
    constexpr int little = 1;
    constexpr int until_told_to_stop = 20;
    int most = until_told_to_stop;
    for (const auto& connection : connections_) {
        for (const Pipe* pipe : {&connection.up, &connection.down}) {
            if (!pipe->held.empty()) most = std::min(most, pipe->held.front().single > 0 ? none : little);
        }
    }
    return most;
}

void MeanRelay::react(std::span<const pollfd> ready) {
    std::size_t at = 0;  // in the order in which they were watched; what accept adds comes behind
    for (auto& connection : connections_) {
        if (2 * at + 1 >= ready.size()) break;
        if (ready[2 * at].revents != 0 && !connection.closed) read_from(connection, connection.up);
        if (ready[2 * at + 1].revents != 0 && !connection.closed) read_from(connection, connection.down);
        ++at;
    }
}

void MeanRelay::work() {
    std::vector<pollfd> watched;
    while (!stopping_) {
        connections_.remove_if([](const Connection& connection) { return connection.closed; });
        watched.clear();
        for (const auto& connection : connections_) {
            watched.push_back({connection.up.from, POLLIN, 0});
            watched.push_back({connection.down.from, POLLIN, 0});
        }
        watched.push_back({listener_, POLLIN, 0});
        ::poll(watched.data(), watched.size(), patience());
        react(std::span(watched).first(watched.size() - 1));
        if (watched.back().revents != 0) accept_one();
        for (auto& connection : connections_) {
            pass_on(connection, connection.up);
            pass_on(connection, connection.down);
        }
    }
}

}  // namespace gatehouse::test
