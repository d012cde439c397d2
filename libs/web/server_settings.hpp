// The variables that bound the listening side, which every service reads alike.
#pragma once

#include "async/io_threads.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "web/server.hpp"
#include "web/trusted_proxies.hpp"

namespace gatehouse::web {

// CONNECTIONS_MAX, HEADER_BYTES_MAX, HEADER_FIELDS_MAX, HEADER_TIMEOUT, BODY_TIMEOUT, IDLE_TIMEOUT, BODY_BYTES_MAX.
// What is wrong is in settings.mistakes().
[[nodiscard]] ServerOptions read_server_options(Settings& settings);

// `name`'s address; `fallback`'s if it has none, and a mistake of `name` if what it has is no address.
[[nodiscard]] Endpoint read_endpoint(Settings& settings, std::string_view name, std::string_view fallback);

// The proxies that the comma-separated `name` lists; a mistake of `name` for each item that is none.
[[nodiscard]] TrustedProxies read_trusted_proxies(Settings& settings, std::string_view name);

// A server's certificate and its key, each a file that the variable of that name gives. None: plain HTTP; one without
// the other is a mistake.
[[nodiscard]] std::optional<TlsFiles> read_tls_files(Settings& settings, std::string_view certificate,
                                                     std::string_view key);

// LOG_LEVEL.
[[nodiscard]] log::Level read_log_level(Settings& settings);

// IO_THREADS and IO_CPUS ("0", "2,3", "0-3"). Threads that are not said: one for each of those CPUs; without them one
// for every four cores, and at least one.
[[nodiscard]] IoOptions read_io_options(Settings& settings);

}  // namespace gatehouse::web
