#include "web/connection.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "base/once_per.hpp"
#include "base/secret.hpp"
#include "web/error_response.hpp"
#include "web/request_ids.hpp"
#include "web/request_parser.hpp"
#include "web/tls.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kReadStep = 4096;
constexpr unsigned kRequestsPerTurn = 8;
constexpr std::size_t kKeepBuffer = 16 * 1024;  // a larger output buffer is given back after use

std::string_view code_of(int status) noexcept {
    switch (status) {
        case 408:
            return "REQUEST_TIMEOUT";
        case 413:
            return "PAYLOAD_TOO_LARGE";
        case 431:
            return "HEADERS_TOO_LARGE";
        default:
            return "INVALID_REQUEST";
    }
}

// On a public port anybody may come with anything: only a server that knows its clients tells of each.
void log_handshake_failure(const TlsContext& tls, const Peer& peer, const TlsFailure& failure) {
    static OncePer limit;
    const auto level = tls.mutual() ? log::Level::warn : log::Level::debug;
    if (failure.kind == TlsFailure::Kind::lost || !log::writes(level)) return;
    const auto held_back = limit.pass();
    if (!held_back) return;
    log::write(level, "tls.handshake_failed",
               {{"peer", peer.address.to_string()},
                {"reason", to_string(failure.kind)},
                {"detail", tls.explain(failure)},
                {"held_back", *held_back}});
}

// splitmix64's finaliser: consecutive numbers become ids that do not look alike.
std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

// Eight hex digits, in the order that the machine's bytes have: of a number that was mixed, that is no matter.
std::uint64_t hex_digits(std::uint32_t number) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t digits = number;
    digits = (digits | digits << 16) & 0x0000FFFF0000FFFF;
    digits = (digits | digits << 8) & 0x00FF00FF00FF00FF;
    digits = (digits | digits << 4) & 0x0F0F0F0F0F0F0F0F;
    const std::uint64_t letters = (digits + each * 6) >> 4 & each;
    return digits + each * '0' + letters * ('a' - '9' - 1);
}

}  // namespace

Connection::Connection(ConnectionHub& hub, int fd, Peer peer)
    : hub_(hub), stream_(hub.loop, fd), self_(hub.connections.insert(hub.connections.end(), this)) {
    request_.peer = std::move(peer);
    request_.loop = &hub.loop;
}

Connection::~Connection() {
    hub_.connections.erase(self_);
    wipe(body_);
}

void ConnectionHub::new_request_id(std::string& into) {
    const std::uint64_t number = mix(++next_request);
    const std::array id{hex_digits(static_cast<std::uint32_t>(number >> 32)),
                        hex_digits(static_cast<std::uint32_t>(number))};
    into.assign(reinterpret_cast<const char*>(id.data()), sizeof id);
}

void Connection::close_if_idle() noexcept {
    if (idle_) stream_.cancel();
}

// TLS first, if it is spoken here.
Task<Connection::Next> Connection::secure() {
    if (!hub_.options.tls || request_.peer.is_unix) co_return Next::proceed;
    auto tls = hub_.options.tls->start(stream_.fd());
    const auto state = co_await stream_.start_tls(std::move(tls), Deadline::after(hub_.options.head_timeout));
    request_.peer.is_tls = state == TlsSession::Handshake::done;
    if (request_.peer.is_tls) co_return Next::proceed;
    if (state == TlsSession::Handshake::plain_http) {
        started_ = std::chrono::steady_clock::now();
        co_return co_await refuse(400, "This port speaks HTTPS only");
    }
    const TlsFailure failure = stream_.tls_failure();
    log_handshake_failure(*hub_.options.tls, request_.peer, failure);
    // The alert says what is wrong: it would be lost with a connection that is reset.
    if (is_about_their_certificate(failure.kind)) co_await stream_.linger();
    co_return Next::close;
}

Task<> Connection::run() {
    try {
        auto next = co_await secure();
        for (unsigned served = 1; next == Next::proceed; ++served) {
            next = co_await serve_one();
            // A client that always has its next request there already must not keep the loop to itself.
            const bool more = !buffer_.empty() || !stream_.silent();
            if (served % kRequestsPerTurn == 0 && more) co_await asio::post(hub_.loop.context, as_values);
        }
    } catch (const std::exception& e) {
        log::write(log::Level::error, "connection.failed", {{"detail", e.what()}});
    }
}

Task<Connection::Next> Connection::serve_one() {
    auto next = co_await read_head();
    if (next == Next::close) co_return Next::close;

    parsed_at_ = buffer_.view().data();
    const auto framing = parse_head(buffer_.view().substr(0, head_size_), hub_.options.fields, request_);
    if (!framing) co_return co_await refuse(framing.error().status, framing.error().message);
    prepare_request();
    keep_ = framing->keep_alive;
    if (framing->content_length > hub_.options.body_bytes)
        co_return co_await refuse(413, "The request body is too large");
    if (framing->content_length > 0 || framing->chunked) {
        next = co_await read_body(*framing);
        if (next == Next::close) co_return Next::close;
    }
    next = co_await answer();
    forget_request();
    co_return next;
}

// Nothing of this request may be left in the next one's answer.
void Connection::forget_request() {
    buffer_.consume(std::min(buffer_.size(), head_size_ + body_size_));
    wipe(body_);
    body_.shrink_to_fit();
    head_size_ = body_size_ = 0;
    parsed_at_ = nullptr;
    request_.method = Method::other;
    request_.method_text = request_.target = request_.path = request_.query = request_.host = request_.body = {};
    request_.headers.clear();
    request_.parameters.clear();
    request_.request_id.clear();
    request_.traceparent.clear();
}

// Waits for a request without a buffer, then reads to the end of its head.
Task<Connection::Next> Connection::read_head() {
    idle_ = true;
    if (buffer_.empty()) {
        buffer_.release();
        const Deadline by = Deadline::after(hub_.options.idle_timeout);
        Io io{Io::State::would_block};
        bool waits = true;
        while (waits && io.state == Io::State::would_block) {
            waits = co_await stream_.readable(by);
            // A request that came in the very moment of the time-out, or of the drain, is still served.
            io = stream_.read(buffer_.room(kReadStep));
            if (io.state == Io::State::would_block) buffer_.release();  // all was read before: now it waits
        }
        if (io.state != Io::State::done) co_return Next::close;
        buffer_.received(io.bytes);
    }
    idle_ = false;
    started_ = std::chrono::steady_clock::now();
    const Deadline by(started_ + hub_.options.head_timeout);
    HeadScanner scanner;
    bool skipped = false;
    while (true) {
        // One empty line before a request line is skipped (RFC 9112 section 2.2).
        if (!skipped && buffer_.view().starts_with("\r\n")) {
            buffer_.consume(2);
            skipped = true;
        }
        const bool half_empty_line = !skipped && buffer_.view() == "\r";
        const auto state = half_empty_line ? HeadScanner::State::more : scanner.scan(buffer_.view());
        if (state == HeadScanner::State::complete && scanner.head_size() <= hub_.options.head_bytes) break;
        if (state == HeadScanner::State::bad) co_return co_await refuse(400, "The request is malformed");
        if (buffer_.size() >= hub_.options.head_bytes)
            co_return co_await refuse(431, "The request header is too large");
        const auto next =
            co_await receive(std::min(buffer_.size() + kReadStep, hub_.options.head_bytes + kReadStep), by);
        if (next == Next::close) co_return Next::close;
    }
    head_size_ = scanner.head_size();
    co_return Next::proceed;
}

// Reads what there is, waiting for it if need be; answers 408 at the deadline.
Task<Connection::Next> Connection::receive(std::size_t total, Deadline by) {
    while (true) {
        const Io io = stream_.read(buffer_.room(total));
        if (io.state == Io::State::ended) co_return Next::close;
        if (io.state == Io::State::done) {
            buffer_.received(io.bytes);
            co_return Next::proceed;
        }
        const bool ready = co_await stream_.readable(by);
        if (!ready) {
            if (buffer_.empty()) co_return Next::close;
            co_return co_await refuse(408, "The request took too long to arrive");
        }
    }
}

void Connection::prepare_request() {
    request_.origin = hub_.options.origin ? hub_.options.origin(request_)
                                          : Origin{request_.peer.address, request_.peer.is_tls, false};
    if (request_.origin.trusted_peer) adopt_ids(request_);
    if (request_.request_id.empty()) hub_.new_request_id(request_.request_id);
}

// Receiving more may move the head; what request_ points at is then found anew.
void Connection::renew_views() {
    if (head_size_ == 0 || buffer_.view().data() == parsed_at_) return;
    parsed_at_ = buffer_.view().data();
    // It was parsed before: the outcome is known.
    std::ignore = parse_head(buffer_.view().substr(0, head_size_), hub_.options.fields, request_);
}

Task<Connection::Next> Connection::read_body(const Framing& framing) {
    const Deadline by = Deadline::after(hub_.options.body_timeout);
    const bool none_here = buffer_.size() == head_size_;  // else the client does not wait to be asked
    if (framing.expect_continue && none_here) {
        const bool sent = co_await stream_.write_all("HTTP/1.1 100 Continue\r\n\r\n", by);
        if (!sent) co_return Next::close;
    }
    if (framing.chunked) co_return co_await read_chunked(by);

    body_size_ = static_cast<std::size_t>(framing.content_length);
    const auto total = head_size_ + body_size_;
    while (buffer_.size() < total) {
        const auto next = co_await receive(total, by);
        if (next == Next::close) co_return Next::close;
    }
    renew_views();
    request_.body = buffer_.view().substr(head_size_, body_size_);
    co_return Next::proceed;
}

Task<Connection::Next> Connection::read_chunked(Deadline by) {
    ChunkedDecoder decoder(hub_.options.body_bytes);
    body_.reserve(hub_.options.body_bytes);  // growing would leave copies behind
    std::size_t received = 0;
    while (true) {
        auto input = buffer_.view().substr(head_size_);
        const auto before = input.size();
        const auto state = decoder.feed(input, body_);
        body_size_ = before - input.size();
        received += body_size_;
        if (state == ChunkedDecoder::State::complete) break;
        if (state == ChunkedDecoder::State::bad) co_return co_await refuse(400, "The chunked body is malformed");
        // The raw bytes have a bound too: a body of one-byte chunks is six times its own size.
        const bool too_large = state == ChunkedDecoder::State::too_large || received > 4 * hub_.options.body_bytes;
        if (too_large) co_return co_await refuse(413, "The request body is too large");
        buffer_.truncate(head_size_);
        const auto next = co_await receive(head_size_ + kReadStep, by);
        if (next == Next::close) co_return Next::close;
    }
    renew_views();
    request_.body = body_;
    co_return Next::proceed;
}

Task<Connection::Next> Connection::answer() {
    request_.deadline = Deadline::after(hub_.options.request_timeout);  // a slow body has had a time of its own
    Response response;
    bool failed = false;
    try {
        response = co_await hub_.handler(request_);
    } catch (const std::exception& e) {
        failed = true;
        log::write(log::Level::error, "request.failed",
                   {{"request_id", request_.request_id}, {"path", request_.path}, {"detail", e.what()}});
    }
    if (failed) response = error_response(500, "INTERNAL_ERROR", "An internal error occurred", request_.request_id);
    Sent sent = send(response);
    if (sent.rest.empty() && keep_) co_return sent.alive ? Next::proceed : Next::close;  // nothing to wait for
    co_return co_await finish(std::move(sent));
}

Connection::Sent Connection::send(Response& response) {
    if (hub_.draining.load(std::memory_order_relaxed)) keep_ = false;
    const Frame frame{hub_.date.at(system_clock().now()),
                      response.fixed_headers.empty() ? hub_.options.fixed_headers : response.fixed_headers,
                      request_.origin.https ? std::string_view(hub_.options.https_headers) : std::string_view(),
                      request_.request_id,
                      keep_ ? Keep::alive : Keep::close,
                      request_.method == Method::head ? SendBody::no : SendBody::yes};
    std::string& out = hub_.out;
    if (!out.empty()) wipe_contents(out);  // whoever failed while writing left it so: never a part of another's answer
    write_response(out, response, frame);
    wipe(response.body);
    for (auto& [name, value] : response.headers) wipe(value);  // one is Set-Cookie
    // The client first: what is written down about the request can wait until its answer has left.
    const Io first = stream_.write(out);
    const auto ended = std::chrono::steady_clock::now();
    if (hub_.options.observe) hub_.options.observe({request_, response.status, out.size(), ended - started_});
    Sent sent{first.state != Io::State::ended, {}, Deadline(ended + hub_.options.write_timeout)};
    if (sent.alive && first.bytes < out.size()) sent.rest.assign(out, first.bytes);
    wipe_contents(out);
    if (out.capacity() > kKeepBuffer) out.shrink_to_fit();
    return sent;
}

Task<Connection::Next> Connection::finish(Sent sent) {
    if (!sent.rest.empty()) {
        sent.alive = co_await stream_.write_all(sent.rest, sent.by);
        wipe(sent.rest);
    }
    if (sent.alive && !keep_) co_await stream_.linger();
    co_return sent.alive&& keep_ ? Next::proceed : Next::close;
}

// Answers what breaks a rule and closes: after it nobody can say where the next request begins.
Task<Connection::Next> Connection::refuse(int status, std::string_view message) {
    renew_views();
    if (request_.request_id.empty()) prepare_request();
    keep_ = false;
    auto response = error_response(status, code_of(status), message, request_.request_id);
    co_return co_await finish(send(response));
}

}  // namespace gatehouse::web
