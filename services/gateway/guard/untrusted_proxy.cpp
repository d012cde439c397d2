#include "gateway/guard/untrusted_proxy.hpp"

#include "base/log.hpp"
#include "base/once_per.hpp"

namespace gatehouse::gateway {
namespace {

namespace ip = boost::asio::ip;

// RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291.
bool is_private(const ip::address& address) noexcept {
    if (address.is_loopback()) return true;
    if (address.is_v6()) {
        const auto first = address.to_v6().to_bytes()[0];
        return (first & 0xFE) == 0xFC || address.to_v6().is_link_local();
    }
    const auto number = address.to_v4().to_uint();
    return number >> 24 == 10 || number >> 20 == 0xAC1 || number >> 16 == 0xC0A8 || number >> 22 == 0x191 ||
           number >> 16 == 0xA9FE;
}

}  // namespace

bool seems_forwarded(const web::Request& request) noexcept {
    return request.header("X-Forwarded-For") && (request.peer.is_unix || is_private(request.peer.address));
}

void tell_of_untrusted_proxy(const web::Request& request) noexcept {
    if (!seems_forwarded(request)) return;
    static OncePer limit(std::chrono::minutes(1));
    if (!limit.pass()) return;
    log::warn("proxy.untrusted",
              {{"peer", request.peer.is_unix ? std::string("unix") : request.peer.address.to_string()},
               {"detail", "it forwards requests and is not in TRUSTED_PROXIES: all its clients count as one address"}});
}

}  // namespace gatehouse::gateway
