#include "web/response_writer.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/put_text.hpp"

namespace gatehouse::web {
namespace {

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
    const std::string_view reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    const bool has_body = status != 204 && status != 304 && status >= 200;
    const bool sends_body = has_body && frame.body == SendBody::yes;
    // Enough at once: growing would leave copies of tokens behind.
    constexpr std::size_t names_and_numbers = 192;
    const auto before = out.size();
    auto most = before + names_and_numbers + reason.size() + frame.date_line.size() + frame.fixed_headers.size() +
                frame.more_headers.size() + frame.request_id.size() + response.content_type.size() +
                response.body.size();
    for (const auto& [name, value] : response.headers) most += name.size() + value.size() + 4;
    const auto write = [&](char* start, std::size_t /*most*/) noexcept {
        char* at = start + before;
        const auto put = [&at](const auto&... texts) noexcept { ((at = put_text(at, texts)), ...); };
        put("HTTP/1.1 ");
        at = put_number(at, status);
        put(" ", reason, "\r\n", frame.date_line, frame.fixed_headers, frame.more_headers);
        put("X-Request-Id: ", frame.request_id, "\r\n");
        if (has_body) {
            if (!response.content_type.empty()) put("Content-Type: ", response.content_type, "\r\n");
            put("Content-Length: ");
            at = put_number(at, response.body.size());
            put("\r\n");
        }
        for (const auto& [name, value] : response.headers) {
            if (is_one_line(name) && is_one_line(value)) put(name, ": ", value, "\r\n");
        }
        put(frame.keep == Keep::alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
        if (sends_body) put(response.body);
        return static_cast<std::size_t>(at - start);
    };
    out.resize_and_overwrite(most, write);
}

}  // namespace gatehouse::web
