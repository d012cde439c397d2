// The names that a trusted caller gave its request: X-Request-Id, and traceparent (W3C Trace Context).
#pragma once

#include <string_view>

#include "web/http_types.hpp"

namespace gatehouse::web {

// Well-formed are: an id of 1 to 64 letters, digits, '-', '_' and '.'; a traceparent "00-<32 hex>-<16 hex>-<2 hex>"
// (section 3.2).
[[nodiscard]] bool is_request_id(std::string_view id) noexcept;
[[nodiscard]] bool is_traceparent(std::string_view text) noexcept;

// Takes both over from the headers if they are well-formed. Call it for peers that are believed only.
void adopt_ids(Request& request);

// The trace's id, the second part of traceparent; empty without one. Borrowed from the request.
[[nodiscard]] std::string_view trace_id_of(const Request& request) noexcept;
// The same of a well-formed or empty traceparent.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent) noexcept;

}  // namespace gatehouse::web
