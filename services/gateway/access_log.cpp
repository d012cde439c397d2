#include "gateway/access_log.hpp"

#include "base/log.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::gateway {

void log_access(const web::Exchange& exchange, const TrustedProxies& proxies) {
    const auto& request = exchange.request;
    const auto origin = proxies.origin_of(request);
    const auto ip = origin.address.is_unspecified() ? std::string() : origin.address.to_string();
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
