// The variables that bound the listening side, which every service reads alike.
#pragma once

#include "base/settings.hpp"
#include "web/server.hpp"

namespace gatehouse::web {

// CONNECTIONS_MAX, HEADER_BYTES_MAX, HEADER_FIELDS_MAX, HEADER_TIMEOUT, BODY_TIMEOUT, IDLE_TIMEOUT, BODY_BYTES_MAX.
// What is wrong is in settings.mistakes().
[[nodiscard]] ServerOptions read_server_options(Settings& settings);

// `name`'s address, or `fallback`'s; a mistake of `name` if it is none.
[[nodiscard]] Endpoint read_endpoint(Settings& settings, std::string_view name, std::string_view fallback);

// IO_THREADS; 0 means as many as cores.
[[nodiscard]] std::size_t read_io_threads(Settings& settings);

}  // namespace gatehouse::web
