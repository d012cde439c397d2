#include "mysql/settings.hpp"

namespace gatehouse::mysql {
namespace {

TlsMode tls_mode(const std::string& name) {
    if (name == "off") return TlsMode::off;
    if (name == "required") return TlsMode::required;
    return name == "verify" ? TlsMode::verify : TlsMode::preferred;
}

}  // namespace

Options read_options(Settings& settings) {
    using namespace std::chrono_literals;
    Options options;
    options.host = settings.text("DB_HOST", "localhost");
    options.port = static_cast<std::uint16_t>(settings.integer("DB_PORT", 3306, 1, 65535));
    options.unix_socket = settings.text("DB_SOCKET", "");
    options.user = settings.text("DB_USER", "gatehouse");
    options.password = settings.secret("DB_PASSWORD").value_or(Secret());
    options.database = settings.text("DB_NAME", "gatehouse");
    options.tls = tls_mode(settings.choice("DB_SSL_MODE", "preferred", {"off", "preferred", "required", "verify"}));
    options.ca_file = settings.text("DB_SSL_CA", "");
    const auto timeout =
        std::chrono::duration_cast<std::chrono::seconds>(settings.duration("DB_TIMEOUT", 3s, 1s, 1s, 10min));
    options.connect_timeout = options.read_timeout = options.write_timeout = timeout;
    return options;
}

}  // namespace gatehouse::mysql
