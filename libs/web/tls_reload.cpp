#include "web/tls_reload.hpp"

#include <utility>

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

std::shared_ptr<TlsContext> load_and_log(TlsFiles files) {
    auto loaded = TlsContext::load(std::move(files));
    if (loaded) return *std::move(loaded);
    log::failure("tls.unusable", loaded.error());
    return nullptr;
}

// Two statements: what the certificate's end is depends on whether it was read anew before.
void reload_and_log(TlsContext& tls, std::string_view link) noexcept {
    const auto reloaded = tls.reload();
    log_reload(reloaded, tls.expires(), link);
}
void reload_and_log(TlsClientContext& tls, std::string_view link) noexcept {
    const auto reloaded = tls.reload();
    log_reload(reloaded, tls.expires(), link);
}

}  // namespace gatehouse::web
