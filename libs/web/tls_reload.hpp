// What a service does with its certificates at start and on SIGHUP.
#pragma once

#include <memory>
#include <string_view>

#include "web/tls.hpp"

namespace gatehouse::web {

// What a server speaks TLS with; null, and `tls.unusable` is logged, if the files are of no use.
[[nodiscard]] std::shared_ptr<TlsContext> load_and_log(TlsFiles files);

// Reads the files anew and logs how that went: `tls.reloaded`, or `tls.reload_failed` if they are of no use and all
// stays as it was. Connections that are open keep what they began with. `link`: whose, such as "public" or "internal".
void reload_and_log(TlsContext& tls, std::string_view link) noexcept;
void reload_and_log(TlsClientContext& tls, std::string_view link) noexcept;

}  // namespace gatehouse::web
