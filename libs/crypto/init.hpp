// libsodium's start: once per process, before the first thread of ours.
#pragma once

namespace gatehouse::crypto {

// Picks libsodium's fastest implementations for this machine and opens its random source. Idempotent and thread-safe;
// called first in every main(). Without random numbers nothing may go on: prints why and aborts if it fails.
void init();

}  // namespace gatehouse::crypto
