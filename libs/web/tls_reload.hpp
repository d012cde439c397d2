// What a service does with its certificates on SIGHUP.
#pragma once

#include <string_view>

#include "web/tls.hpp"

namespace gatehouse::web {

// Reads the files anew and logs how that went: `tls.reloaded`, or `tls.reload_failed` if they are of no use and all
// stays as it was. Connections that are open keep what they began with. `link`: whose, such as "public" or "internal".
void reload_and_log(TlsContext& tls, std::string_view link) noexcept;
void reload_and_log(TlsClientContext& tls, std::string_view link) noexcept;

}  // namespace gatehouse::web
