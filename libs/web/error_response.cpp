#include "web/error_response.hpp"

#include "base/json_text.hpp"

namespace gatehouse::web {

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
