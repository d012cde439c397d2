#include "web/client_messages.hpp"

#include <algorithm>

#include "base/put_text.hpp"
#include "web/request_ids.hpp"
#include "web/response_parser.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kAnswerStep = 16 * 1024;  // an answer to a full batch of checks comes in two reads
constexpr std::size_t kMostHead = 8 * 1024;

// An id that our servers adopt and repeat; empty: none.
std::string_view id_of(const ClientRequest& request) noexcept {
    for (const auto& [name, value] : request.headers) {
        if (name == "X-Request-Id" && is_request_id(value)) return value;
    }
    return {};
}

}  // namespace

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

bool is_sendable(const ClientRequest& request) noexcept {
    const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
    return request.target.starts_with('/') && std::ranges::all_of(request.target, visible) &&
           std::ranges::all_of(request.headers, [&](const auto& header) {
               return is_token(header.first) && is_field_value(header.second);
           });
}

AnswerReader::AnswerReader(const ClientRequest& request, std::size_t most_bytes) noexcept
    : method_(request.method), asked_by_(id_of(request)), most_bytes_(most_bytes) {}

std::size_t AnswerReader::room(const ReadBuffer& buffer) const noexcept {
    return total_ != 0 ? total_ : buffer.size() + kAnswerStep;
}

AnswerReader::State AnswerReader::bad(std::string_view why) noexcept {
    why_ = why;
    return State::bad;
}

AnswerReader::State AnswerReader::look(ReadBuffer& buffer) {
    if (total_ == 0) {
        const auto scanned = scanner_.scan(buffer.view());
        const bool endless = scanned == HeadScanner::State::more && buffer.size() > kMostHead;
        if (scanned == HeadScanner::State::bad || endless) return bad(" does not answer in HTTP");
        if (scanned == HeadScanner::State::more) return State::more;
        if (look_at_head(buffer.view().substr(0, scanner_.head_size())) == State::bad) return State::bad;
    }
    if (buffer.size() < total_) return State::more;
    response_.body = buffer.view().substr(scanner_.head_size(), total_ - scanner_.head_size());
    buffer.consume(total_);
    keep_ = keep_ && buffer.empty();  // bytes that nobody asked for: not a connection to trust
    return State::complete;
}

AnswerReader::State AnswerReader::look_at_head(std::string_view text) {
    const auto head = parse_response_head(text);
    if (!head || head->content_length > most_bytes_) return bad(" sent an answer that cannot be read");
    // Whose answer it is: a success that was meant for another request must not be taken for this one's.
    const bool another = !head->request_id.empty() && !asked_by_.empty() && head->request_id != asked_by_;
    if (head->status < 300 && another) return bad(" answered another request");
    response_.status = head->status;
    response_.retry_after = head->retry_after;
    keep_ = head->keep_alive;
    total_ = text.size() + (method_ == Method::head ? 0 : static_cast<std::size_t>(head->content_length));
    return State::more;
}

}  // namespace gatehouse::web
