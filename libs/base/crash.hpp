// The last line of a process that dies: which signal or exception, and where, as addresses that addr2line understands.
#pragma once

#include <string_view>

namespace gatehouse {

// On SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT or an escaped exception writes one JSON line to standard error: ts,
// level, event "crash", service, signal or exception, build_id of the executable and backtrace ("file+0xoffset", for
// `addr2line -e file 0xoffset`). Then the signal does what it did before: a core dump, or a sanitizer's report. The
// signal part is async-signal-safe. Call once, in main, before threads; `service` is copied.
void install_crash_handler(std::string_view service);

}  // namespace gatehouse
