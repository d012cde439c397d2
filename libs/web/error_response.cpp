#include "web/error_response.hpp"

#include <array>

namespace gatehouse::web {

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 0xfU];
        } else {
            out += c;
        }
    }
    out += '"';
}

Response error_response(int status, std::string_view error_code, std::string_view message, std::string_view request_id,
                        std::optional<std::chrono::seconds> retry_after) {
    Response response;
    response.status = status;
    response.body.reserve(128 + message.size());
    response.body += R"({"success":false,"message":)";
    append_json_string(response.body, message);
    response.body += R"(,"error_code":)";
    append_json_string(response.body, error_code);
    response.body += R"(,"request_id":)";
    append_json_string(response.body, request_id);
    if (retry_after) {
        const auto seconds = std::to_string(retry_after->count());
        response.body += R"(,"retry_after":)" + seconds;
        response.with("Retry-After", seconds);
    }
    response.body += '}';
    return response;
}

}  // namespace gatehouse::web
