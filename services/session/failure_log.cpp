#include "session/failure_log.hpp"

#include <array>

#include "base/log.hpp"
#include "base/once_per.hpp"
#include "session/api/api.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::session {
namespace {

constexpr std::size_t kCodes = static_cast<std::size_t>(proto::ErrorCode::service_unavailable) + 1;

// Told to an operator although the caller is at fault: a service with a wrong credential gets nothing done.
bool concerns_operator(proto::ErrorCode code) noexcept {
    return code == proto::ErrorCode::not_authenticated || code == proto::ErrorCode::forbidden;
}

}  // namespace

void log_failure(const web::Request& request, const proto::Failure& failure) noexcept {
    static std::array<OncePer, kCodes> limits;
    const proto::ErrorInfo& row = proto::info(failure.code);
    std::int64_t held_back = 0;
    if (row.status == 503 || concerns_operator(failure.code)) {
        const auto passed = limits.at(static_cast<std::size_t>(failure.code)).pass();
        if (!passed) return;
        held_back = *passed;
    }
    if (row.status < 500) {
        const auto level = concerns_operator(failure.code) ? log::Level::warn : log::Level::debug;
        log::write(level, "request.refused",
                   {{"request_id", request.request_id},
                    {"path", request.path},
                    {"outcome", row.name},
                    {"reason", failure.detail},
                    {"held_back", held_back}});
        return;
    }
    const Error error{failure.code == proto::ErrorCode::internal_error ? Errc::internal : Errc::unavailable,
                      failure.detail, failure.where};
    log::failure("request.failed", error,
                 {{"request_id", request.request_id},
                  {"trace_id", web::trace_id_of(request)},
                  {"path", request.path},
                  {"outcome", row.name},
                  {"held_back", held_back}});
}

}  // namespace gatehouse::session
