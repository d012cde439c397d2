// Logs why a request failed: every mistake of ours; an outage, and callers without a right credential, once a second
// with how often that was met since.
#pragma once

#include "proto/error_code.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// Thread-safe. Other 4xx at level debug: they are the caller's, and security events have lines of their own.
void log_failure(const web::Request& request, const proto::Failure& failure) noexcept;

}  // namespace gatehouse::session
