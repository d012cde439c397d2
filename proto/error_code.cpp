#include "proto/error_code.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {
namespace {

// One row per code, in the order of the enum.
constexpr ErrorInfo kRows[] = {
    {"INVALID_REQUEST", 400, "The request is malformed"},
    {"MISSING_EMAIL", 400, "Email is required"},
    {"MISSING_PASSWORD", 400, "Password is required"},
    {"INVALID_EMAIL", 400, "Invalid email format"},
    {"INVALID_PASSWORD", 400, "Invalid password format"},
    {"INVALID_CREDENTIALS", 401, "Invalid email or password"},
    {"RATE_LIMIT_EXCEEDED", 429, "Too many attempts. Please try again later"},
    {"INTERNAL_ERROR", 500, "An internal error occurred"},
    {"NOT_AUTHENTICATED", 401, "Not authenticated"},
    {"CSRF_REJECTED", 403, "The request did not prove that it comes from this site"},
    {"FORBIDDEN", 403, "Not allowed"},
    {"NOT_FOUND", 404, "Not found"},
    {"METHOD_NOT_ALLOWED", 405, "Method not allowed"},
    {"REQUEST_TIMEOUT", 408, "The request took too long to arrive"},
    {"CONFLICT", 409, "It exists already, or was changed meanwhile"},
    {"PAYLOAD_TOO_LARGE", 413, "The request body is too large"},
    {"UNSUPPORTED_MEDIA_TYPE", 415, "Content-Type must be application/json"},
    {"HEADERS_TOO_LARGE", 431, "The request headers are too large"},
    {"HASHING_BUSY", 503, "Too many sign-ins at once. Please try again"},
    {"SESSIONS_UNAVAILABLE", 503, "Sessions are temporarily unavailable"},
    {"DATABASE_UNAVAILABLE", 503, "The database is temporarily unavailable"},
    {"SERVICE_UNAVAILABLE", 503, "Temporarily unavailable"},
};
constexpr std::size_t kCodes = static_cast<std::size_t>(ErrorCode::service_unavailable) + 1;
static_assert(std::size(kRows) == kCodes, "one row per error code");

}  // namespace

const ErrorInfo& info(ErrorCode code) noexcept { return kRows[static_cast<std::size_t>(code)]; }

std::optional<ErrorCode> parse_error_code(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kCodes; ++i) {
        if (kRows[i].name == name) return static_cast<ErrorCode>(i);
    }
    return std::nullopt;
}

std::unexpected<Failure> refuse(ErrorCode code, std::string detail, std::string message,
                                std::optional<std::chrono::seconds> retry_after, std::source_location where) {
    if (!retry_after && info(code).status == 503) retry_after = std::chrono::seconds(1);
    return std::unexpected(Failure{code, std::move(message), retry_after, std::move(detail), where});
}

std::string to_json(const Failure& failure, std::string_view request_id) {
    const ErrorInfo& row = info(failure.code);
    JsonWriter out;
    out.begin_object();
    out.flag("success", false);
    out.text("message", failure.message.empty() ? row.message : std::string_view(failure.message));
    out.text("error_code", row.name);
    out.text("request_id", request_id);
    if (failure.retry_after) out.number("retry_after", failure.retry_after->count());
    out.end_object();
    return std::move(out).take();
}

Result<Failure> failure_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    Failure failure;
    if (object.flag("success")) reader.wrong("success", "is not false");
    failure.message = object.text("message");
    if (auto code = parse_error_code(object.text("error_code"))) {
        failure.code = *code;
        if (failure.message == info(*code).message) failure.message.clear();
    } else {
        reader.wrong("error_code", "is not known");
    }
    if (object.has("retry_after")) failure.retry_after = std::chrono::seconds(object.number("retry_after"));
    return reader.finish(std::move(failure));
}

}  // namespace gatehouse::proto
