// Listening sockets that a supervisor opened before it started this process: systemd's socket activation, or what does
// the same (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, descriptors from 3 on). Clients that connect while the process is
// replaced wait in such a socket; none is refused.
#pragma once

#include <optional>
#include <span>
#include <sys/socket.h>

namespace gatehouse::web {

// The inherited listening socket that is bound to this address, if there is one; it is the caller's from then on,
// non-blocking and closed on exec. Call it from main's thread, before others start: the environment is read.
[[nodiscard]] std::optional<int> take_inherited(const sockaddr& address, socklen_t size);

// Those that nobody has taken.
[[nodiscard]] std::span<const int> inherited_left();

}  // namespace gatehouse::web
