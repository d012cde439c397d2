// The way from http:// to https://, on a port of its own.
#pragma once

#include <cstdint>
#include <string>

#include "web/server.hpp"

namespace gatehouse::gateway {

// Answers every request with 308 to the same target at `origin` ("https://login.example.org"); empty: at the request's
// own host, on `port`. 308, not 301: a POST stays one (RFC 9110 section 15.4.9).
[[nodiscard]] web::Handler redirect_handler(std::string origin, std::uint16_t port);

}  // namespace gatehouse::gateway
