// Response -> bytes on the wire.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "web/http_types.hpp"

namespace gatehouse::web {

// The Date header's line, made once a second (RFC 9110 section 6.6.1: IMF-fixdate).
class DateLine {
public:
    [[nodiscard]] std::string_view at(SystemTime now);  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

private:
    long long second_ = -1;
    std::string line_;
};

enum class Keep : bool { close, alive };
enum class SendBody : bool { no, yes };  // no: the answer to HEAD, which says the length all the same

// What a response has whoever made it.
struct Frame {
    std::string_view date_line;
    std::string_view fixed_headers;  // lines
    std::string_view more_headers;   // lines; empty: none
    std::string_view request_id;     // of the X-Request-Id header
    Keep keep;
    SendBody body;
};

// Appends the whole message to `out`. A header whose name or value holds CR, LF or NUL is left out: it would be two.
void write_response(std::string& out, const Response& response, const Frame& frame);

}  // namespace gatehouse::web
