// Logs why a request failed: every mistake of ours, and an outage once a second with how often it was met since.
#pragma once

#include "proto/error_code.hpp"
#include "web/http_types.hpp"

namespace gatehouse::session {

// Thread-safe. 4xx at level debug: they are the caller's, and security events have lines of their own.
void log_failure(const web::Request& request, const proto::Failure& failure) noexcept;

}  // namespace gatehouse::session
