#include "session/failure_log.hpp"

#include <array>
#include <atomic>
#include <chrono>

#include "base/log.hpp"
#include "session/api/api.hpp"

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

}  // namespace

void log_failure(const web::Request& request, const proto::Failure& failure) noexcept {
    static std::array<OncePerSecond, kCodes> outages;
    const proto::ErrorInfo& row = proto::info(failure.code);
    std::int64_t held_back = 0;
    if (row.status == 503) {
        const auto passed = outages.at(static_cast<std::size_t>(failure.code)).pass();
        if (!passed) return;
        held_back = *passed;
    }
    const Error error{failure.code == proto::ErrorCode::internal_error ? Errc::internal : Errc::unavailable,
                      failure.detail, failure.where};
    if (row.status >= 500) {
        log::failure("request.failed", error,
                     {{"request_id", request.request_id},
                      {"trace_id", trace_id_of(request)},
                      {"path", request.path},
                      {"outcome", row.name},
                      {"held_back", held_back}});
    } else {
        log::debug("request.refused", {{"request_id", request.request_id},
                                       {"path", request.path},
                                       {"outcome", row.name},
                                       {"reason", failure.detail}});
    }
}

}  // namespace gatehouse::session
