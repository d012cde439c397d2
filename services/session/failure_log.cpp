#include "session/failure_log.hpp"

#include <array>
#include <atomic>
#include <chrono>

#include "base/log.hpp"
#include "session/api/api.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::session {
namespace {

// Lets one line a second through and counts the others.
class OncePerSecond {
public:
    // How many were held back since the last one; empty: hold this one back too.
    std::optional<std::int64_t> pass() noexcept {
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        auto next = next_.load(std::memory_order_relaxed);
        if (now < next || !next_.compare_exchange_strong(next, now + kSecond)) {
            held_back_.fetch_add(1, std::memory_order_relaxed);
            return std::nullopt;
        }
        return held_back_.exchange(0, std::memory_order_relaxed);
    }

private:
    using Ticks = std::chrono::steady_clock::rep;
    static constexpr Ticks kSecond = std::chrono::steady_clock::duration(std::chrono::seconds(1)).count();
    std::atomic<Ticks> next_{0};
    std::atomic<std::int64_t> held_back_{0};
};

constexpr std::size_t kCodes = static_cast<std::size_t>(proto::ErrorCode::service_unavailable) + 1;

// Told to an operator although the caller is at fault: a service with a wrong credential gets nothing done.
bool concerns_operator(proto::ErrorCode code) noexcept {
    return code == proto::ErrorCode::not_authenticated || code == proto::ErrorCode::forbidden;
}

}  // namespace

void log_failure(const web::Request& request, const proto::Failure& failure) noexcept {
    static std::array<OncePerSecond, kCodes> limits;
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
