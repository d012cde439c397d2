#include "web/response_writer.hpp"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace gatehouse::web {
namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

bool is_one_line(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

std::string_view DateLine::at(SystemTime now) {
    const auto second = unix_seconds(now);
    if (second != second_) {
        second_ = second;
        line_ = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(static_cast<std::time_t>(second)));
    }
    return line_;
}

void write_response(std::string& out, const Response& response, const Frame& frame) {
    const auto status = static_cast<unsigned>(response.status);
    const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    // Enough at once: growing would leave copies of tokens behind.
    auto size = out.size() + 192 + reason.size() + frame.date_line.size() + frame.fixed_headers.size() +
                frame.more_headers.size() + frame.request_id.size() + response.content_type.size() +
                response.body.size();
    for (const auto& [name, value] : response.headers) size += name.size() + value.size() + 4;
    out.reserve(size);
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\n";
    out.append(frame.date_line).append(frame.fixed_headers).append(frame.more_headers);
    out.append("X-Request-Id: ").append(frame.request_id).append("\r\n");
    const bool has_body = status != 204 && status != 304 && status >= 200;
    if (has_body) {
        if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n";
    }
    for (const auto& [name, value] : response.headers) {
        if (is_one_line(name) && is_one_line(value)) out.append(name).append(": ").append(value).append("\r\n");
    }
    out += frame.keep == Keep::alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (has_body && frame.body == SendBody::yes) out += response.body;
}

}  // namespace gatehouse::web
