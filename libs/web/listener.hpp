// A listening socket, TCP or Unix. Plain descriptors: what is done with an accepted one is the server's.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "web/http_types.hpp"

namespace gatehouse::web {

struct Listening {
    int fd;
    bool inherited;  // a supervisor's: its socket file is not ours to remove
};

// The socket that a supervisor opened for this address (inherited.hpp); without one opens, binds and listens,
// non-blocking. A Unix socket that a dead process left behind is replaced (mode 0660); one
// that still answers is not. Errors: invalid_input (a name that is no address, a path that is too long), unavailable
// (in use, no permission): the text names the address and what to do.
[[nodiscard]] Result<Listening> open_listener(const Endpoint& endpoint);

// The address that `fd` is bound to, with the port that the system chose.
[[nodiscard]] Endpoint bound_endpoint(int fd, const Endpoint& asked);

struct Accepted {
    int fd;
    Peer peer;
};
enum class AcceptFailure : std::uint8_t {
    none_waiting,
    out_of_descriptors,
    refused,  // by the system, perhaps for ever (a filter of system calls): to be tried again, but not at once
};
// The next waiting connection; connections that died while waiting are skipped.
[[nodiscard]] std::expected<Accepted, AcceptFailure> accept_one(int fd) noexcept;

// A blocking-free connect: the descriptor, on which `writable` tells when it is through and SO_ERROR whether it worked.
// Names are resolved here only if they are numeric or "localhost"; others must have been resolved before.
[[nodiscard]] Result<int> begin_connect(const Endpoint& endpoint);

}  // namespace gatehouse::web
