// A proxy that nobody has listed in TRUSTED_PROXIES works, and quietly makes one client of all that come through it.
#pragma once

#include "web/http_types.hpp"

namespace gatehouse::gateway {

// Does it say whom it was forwarded for, and come from this host or a private address? There proxies stand, whereas on
// the internet anybody may write such a header.
[[nodiscard]] bool seems_forwarded(const web::Request& request) noexcept;

// Warns of that, at most once a minute. Only for peers that are not trusted. Thread-safe.
void tell_of_untrusted_proxy(const web::Request& request) noexcept;

}  // namespace gatehouse::gateway
