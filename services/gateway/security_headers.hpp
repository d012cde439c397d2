// What every response of the gateway says to browsers, as lines made once at start.
#pragma once

#include <string>
#include <string_view>

#include "gateway/config.hpp"

namespace gatehouse::gateway {

// Nothing may be loaded by, or framed around, what is no page.
constexpr std::string_view kNoContentPolicy = "default-src 'none'; frame-ancestors 'none'";

// The lines of every response, the HTTP parser's own refusals included. Pages and what they load have another content
// policy or may be kept by caches.
[[nodiscard]] std::string security_headers(const Config& config, std::string_view content_policy = kNoContentPolicy,
                                           std::string_view cache_control = "no-store");
// And those that a response over HTTPS has besides.
[[nodiscard]] std::string https_headers();

}  // namespace gatehouse::gateway
