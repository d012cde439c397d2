// What the Redis session store does in more than one step, each as one script: nothing can come in between. Private to
// the store. All keys of a script belong to one user and share the hash tag {tag}.
#pragma once

#include "redis/script.hpp"

namespace gatehouse::session::scripts {

// KEYS record index epoch replaced-record… · ARGV epoch idle_ms absolute_ms members most hash prefix replaced-hash…
// -> {"created", now_ms} or {"stale", stored epoch}
extern const redis::Script create;

// KEYS record index epoch · ARGV epoch|"" facts-members hash -> 1 touched, 0 there is no such session (any more)
extern const redis::Script touch;

// KEYS record index · ARGV hash -> 1 ended, 0 there was none
extern const redis::Script revoke;

// KEYS index epoch · ARGV epoch epoch_ttl_ms prefix -> how many ended
extern const redis::Script revoke_all;

// KEYS index epoch · ARGV prefix -> {stored epoch|"", {hash…}, {record|nil…}}
extern const redis::Script list;

}  // namespace gatehouse::session::scripts
