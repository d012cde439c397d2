#include "web/server_settings.hpp"

#include <algorithm>
#include <thread>

namespace gatehouse::web {
ServerOptions read_server_options(Settings& settings) {
    ServerOptions options;
    options.connections = settings.count("CONNECTIONS_MAX", options.connections, 1, 1'000'000);
    options.head_bytes = settings.count("HEADER_BYTES_MAX", options.head_bytes, 1024, 1024 * 1024);
    options.fields = settings.count("HEADER_FIELDS_MAX", options.fields, 8, 1024);
    options.body_bytes = settings.count("BODY_BYTES_MAX", options.body_bytes, 1024, 16 * 1024 * 1024);
    options.head_timeout = settings.wait("HEADER_TIMEOUT", options.head_timeout);
    options.body_timeout = settings.wait("BODY_TIMEOUT", options.body_timeout);
    options.idle_timeout = settings.wait("IDLE_TIMEOUT", options.idle_timeout);
    return options;
}

Endpoint read_endpoint(Settings& settings, std::string_view name, std::string_view fallback) {
    auto parsed = parse_endpoint(settings.text(name, fallback));
    if (parsed) return *std::move(parsed);
    settings.mistake(name, parsed.error().detail);
    return parse_endpoint(fallback).value();
}

TrustedProxies read_trusted_proxies(Settings& settings, std::string_view name) {
    TrustedProxies trusted;
    for (const auto& item : settings.list(name)) {
        if (!trusted.add(item)) {
            settings.mistake(name,
                             "has an item that is neither an address, a range such as 10.0.0.0/8, nor unix: " + item);
        }
    }
    return trusted;
}

std::optional<TlsFiles> read_tls_files(Settings& settings, std::string_view certificate, std::string_view key) {
    TlsFiles files{settings.text(certificate, ""), settings.text(key, "")};
    if (files.certificate.empty() && files.key.empty()) return std::nullopt;
    if (files.certificate.empty()) settings.mistake(certificate, "is missing, while " + std::string(key) + " is set");
    if (files.key.empty()) settings.mistake(key, "is missing, while " + std::string(certificate) + " is set");
    return files;
}

std::size_t read_io_threads(Settings& settings) {
    const auto asked = settings.count("IO_THREADS", 0, 0, 1024);
    // One thread serves tens of thousands of checks a second, and a second one makes each dearer (fewer travel
    // together): the other cores are for the rest of what runs here.
    constexpr unsigned kCoresPerThread = 4;
    return asked > 0 ? asked : std::max(1U, std::thread::hardware_concurrency() / kCoresPerThread);
}

log::Level read_log_level(Settings& settings) {
    const std::string level = settings.choice("LOG_LEVEL", "info", {"debug", "info", "warn", "error"});
    if (level == "debug") return log::Level::debug;
    if (level == "warn") return log::Level::warn;
    return level == "error" ? log::Level::error : log::Level::info;
}

}  // namespace gatehouse::web
