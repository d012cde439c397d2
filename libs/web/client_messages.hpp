// What a client writes and reads: its request as bytes, and the answer as it arrives. No waiting here. Private to the
// client.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "web/client.hpp"
#include "web/head_rules.hpp"
#include "web/read_buffer.hpp"

namespace gatehouse::web {

// The header's line: "Host: name:port\r\n".
[[nodiscard]] std::string host_line(const Endpoint& server);

// False: what cannot be written as one line would be two. Refused, as its author did not mean it.
[[nodiscard]] bool is_sendable(const ClientRequest& request) noexcept;

// The whole request, `by` as X-Request-Timeout-Ms. It holds secrets: to be wiped.
[[nodiscard]] std::string serialise(const ClientRequest& request, std::string_view host_line, Deadline by);

// One answer to one request.
class AnswerReader {
public:
    enum class State : std::uint8_t { more, complete, bad };

    // Borrows `request`. More than `most_bytes` of body are not an answer.
    AnswerReader(const ClientRequest& request, std::size_t most_bytes) noexcept;

    // How many bytes `buffer` should hold, with those that it has.
    [[nodiscard]] std::size_t room(const ReadBuffer& buffer) const noexcept;
    // Looks at what has come. `complete`: the answer was taken out of the buffer.
    State look(ReadBuffer& buffer);
    [[nodiscard]] std::string_view why() const noexcept { return why_; }  // of `bad`: behind the server's name

    // Once it is complete.
    [[nodiscard]] bool keeps_connection() const noexcept { return keep_; }
    [[nodiscard]] ClientResponse take() noexcept { return std::move(response_); }

private:
    State bad(std::string_view why) noexcept;
    State look_at_head(std::string_view head);

    const Method method_;
    const std::string_view asked_by_;  // the id that the request came with, which the server repeats; empty: none
    const std::size_t most_bytes_;
    HeadScanner scanner_;
    std::size_t total_ = 0;  // bytes of head and body; 0: the head is not there yet
    ClientResponse response_;
    bool keep_ = false;
    std::string_view why_;
};

}  // namespace gatehouse::web
