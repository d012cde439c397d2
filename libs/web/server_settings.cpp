#include "web/server_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <sched.h>
#include <system_error>
#include <thread>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

struct CpuRange {
    unsigned first;
    unsigned last;
};

// "2" or "0-3". Empty: neither, or past what the kernel's sets of CPUs hold.
std::optional<CpuRange> parse_cpus(std::string_view item) {
    const auto dash = item.find('-');
    const auto first = parse_number<unsigned>(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number<unsigned>(item.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= CPU_SETSIZE) return std::nullopt;
    return CpuRange{*first, *last};
}

std::vector<unsigned> read_cpus(Settings& settings) {
    const auto items = settings.list("IO_CPUS");
    if (items.empty()) return {};
    cpu_set_t allowed;
    // A sandbox may refuse the call that the threads will make: told here, not when they start.
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
        ::sched_setaffinity(0, sizeof allowed, &allowed) != 0) {
        settings.mistake("IO_CPUS", "cannot be had, this process may not choose its CPUs (sched_setaffinity): " +
                                        std::generic_category().message(errno));
        return {};
    }
    std::vector<unsigned> cpus;
    for (const auto& item : items) {
        const auto range = parse_cpus(item);
        if (!range) {
            settings.mistake("IO_CPUS", "has an item that is neither a CPU's number nor a range such as 0-3: " + item);
            continue;
        }
        for (unsigned cpu = range->first; cpu <= range->last; ++cpu) {
            if (CPU_ISSET(cpu, &allowed) == 0) {
                settings.mistake("IO_CPUS", "names a CPU that this process may not use: " + std::to_string(cpu));
                break;
            }
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

}  // namespace

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

IoOptions read_io_options(Settings& settings) {
    IoOptions io{settings.count("IO_THREADS", 0, 0, 1024), read_cpus(settings)};
    if (io.threads > 0) return io;
    // One thread serves tens of thousands of checks a second, and a second one makes each dearer (fewer travel
    // together): the other cores are for the rest of what runs here.
    constexpr unsigned kCoresPerThread = 4;
    io.threads = io.cpus.empty() ? std::max(1U, std::thread::hardware_concurrency() / kCoresPerThread) : io.cpus.size();
    return io;
}

log::Level read_log_level(Settings& settings) {
    const std::string level = settings.choice("LOG_LEVEL", "info", {"debug", "info", "warn", "error"});
    if (level == "debug") return log::Level::debug;
    if (level == "warn") return log::Level::warn;
    return level == "error" ? log::Level::error : log::Level::info;
}

}  // namespace gatehouse::web
