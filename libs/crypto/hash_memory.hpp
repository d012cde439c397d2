// The working memory of Argon2id, kept from one hash to the next.
//
// libsodium maps it anew for every hash (19 MiB by default) and gives it back at its end: making those pages takes the
// kernel as long as the hash itself takes the core. It has no place to hand it memory, so where the programs link its
// archive, the linker gives it our mmap and munmap (libsodium_memory.cpp, ld's --wrap): one and three quarters as many
// hashes a second. It is in huge pages: a first one, which has nothing to take over, costs a sixth less. Elsewhere
// every hash maps its own, as libsodium does.
#pragma once

#include <cstddef>

namespace gatehouse::crypto {

// While it lives, on its thread: what libsodium maps and unmaps is a hash's working memory. Not nested.
class HashMemoryScope {
public:
    HashMemoryScope() noexcept;
    ~HashMemoryScope();
    HashMemoryScope(const HashMemoryScope&) = delete;
    HashMemoryScope& operator=(const HashMemoryScope&) = delete;

    [[nodiscard]] static bool active() noexcept;  // on this thread
};

// So many bytes, all zero, now the caller's: kept ones, or newly mapped in huge pages where the system has them
// (madvise). Kept memory of another size makes way, so that no more is held than was ever in use at once. Null: the
// system has none. Thread-safe.
[[nodiscard]] void* take_hash_memory(std::size_t bytes) noexcept;

// Wipes what take_hash_memory gave for as many bytes, which holds what follows from a password, and keeps it for the
// next. Thread-safe.
void give_back_hash_memory(void* at, std::size_t bytes) noexcept;

// Gives all that is kept back to the system: milliseconds. Thread-safe.
void release_hash_memory() noexcept;

[[nodiscard]] std::size_t kept_hash_memory() noexcept;  // bytes; thread-safe

}  // namespace gatehouse::crypto
