#include "gateway/access_log.hpp"

#include "base/log.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::gateway {

void log_access(const web::Exchange& exchange) {
    if (!log::writes(log::Level::info)) return;
    const auto& request = exchange.request;
    const auto& address = request.origin.address;
    const auto ip = address.is_unspecified() ? std::string() : address.to_string();
    log::info("request", {{"request_id", request.request_id},
                          {"trace_id", web::trace_id_of(request)},
                          {"client_ip", ip},
                          {"method", request.method_text},
                          {"path", request.path},
                          {"status", std::int64_t{exchange.status}},
                          {"bytes", static_cast<std::int64_t>(exchange.response_bytes)},
                          {"duration_ms", std::chrono::duration<double, std::milli>(exchange.duration).count()}});
}

}  // namespace gatehouse::gateway
