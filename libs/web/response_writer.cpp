#include "web/response_writer.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace gatehouse::web {
namespace {

constexpr std::size_t kDigits = 20;  // of 64 bits

// Texts one after the other into memory that is large enough.
class Put {
public:
    explicit Put(char* at) noexcept : at_(at) {}
    template <class... Texts>
    void operator()(const Texts&... texts) noexcept {
        (text(texts), ...);
    }
    void number(std::size_t number) noexcept { at_ = std::to_chars(at_, at_ + kDigits, number).ptr; }
    [[nodiscard]] char* end() const noexcept { return at_; }

private:
    void text(std::string_view text) noexcept { at_ = std::ranges::copy(text, at_).out; }
    char* at_;
};

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
        Put put(start + before);
        put("HTTP/1.1 ");
        put.number(status);
        put(" ", reason, "\r\n", frame.date_line, frame.fixed_headers, frame.more_headers);
        put("X-Request-Id: ", frame.request_id, "\r\n");
        if (has_body) {
            if (!response.content_type.empty()) put("Content-Type: ", response.content_type, "\r\n");
            put("Content-Length: ");
            put.number(response.body.size());
            put("\r\n");
        }
        for (const auto& [name, value] : response.headers) {
            if (is_one_line(name) && is_one_line(value)) put(name, ": ", value, "\r\n");
        }
        put(frame.keep == Keep::alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
        if (sends_body) put(response.body);
        return static_cast<std::size_t>(put.end() - start);
    };
    out.resize_and_overwrite(most, write);
}

}  // namespace gatehouse::web
