#include "web/server_settings.hpp"

#include <algorithm>
#include <thread>

namespace gatehouse::web {
namespace {

using namespace std::chrono_literals;

std::size_t count(Settings& settings, std::string_view name, std::size_t fallback, std::int64_t least,
                  std::int64_t most) {
    return static_cast<std::size_t>(settings.integer(name, static_cast<std::int64_t>(fallback), least, most));
}
std::chrono::milliseconds wait(Settings& settings, std::string_view name, std::chrono::milliseconds fallback) {
    return settings.duration(name, fallback, 1s, 10ms, 10min);
}

}  // namespace

ServerOptions read_server_options(Settings& settings) {
    ServerOptions options;
    options.connections = count(settings, "CONNECTIONS_MAX", options.connections, 1, 1'000'000);
    options.head_bytes = count(settings, "HEADER_BYTES_MAX", options.head_bytes, 1024, 1024 * 1024);
    options.fields = count(settings, "HEADER_FIELDS_MAX", options.fields, 8, 1024);
    options.body_bytes = count(settings, "BODY_BYTES_MAX", options.body_bytes, 1024, 16 * 1024 * 1024);
    options.head_timeout = wait(settings, "HEADER_TIMEOUT", options.head_timeout);
    options.body_timeout = wait(settings, "BODY_TIMEOUT", options.body_timeout);
    options.idle_timeout = wait(settings, "IDLE_TIMEOUT", options.idle_timeout);
    return options;
}

Endpoint read_endpoint(Settings& settings, std::string_view name, std::string_view fallback) {
    auto parsed = parse_endpoint(settings.text(name, fallback));
    if (parsed) return *std::move(parsed);
    settings.mistake(name, parsed.error().detail);
    return {};
}

std::size_t read_io_threads(Settings& settings) {
    const auto asked = count(settings, "IO_THREADS", 0, 0, 1024);
    return asked > 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace gatehouse::web
