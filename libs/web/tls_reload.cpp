#include "web/tls_reload.hpp"

#include "base/log.hpp"

namespace gatehouse::web {
namespace {

void log_reload(const Result<void>& reloaded, std::optional<SystemTime> expires, std::string_view link) noexcept {
    if (!reloaded) {
        log::failure("tls.reload_failed", reloaded.error(), {{"link", link}});
    } else if (expires) {
        log::info("tls.reloaded", {{"link", link}, {"expires", std::int64_t{unix_seconds(*expires)}}});
    } else {
        log::info("tls.reloaded", {{"link", link}});
    }
}

}  // namespace

void reload_and_log(TlsContext& tls, std::string_view link) noexcept { log_reload(tls.reload(), tls.expires(), link); }
void reload_and_log(TlsClientContext& tls, std::string_view link) noexcept {
    log_reload(tls.reload(), tls.expires(), link);
}

}  // namespace gatehouse::web
