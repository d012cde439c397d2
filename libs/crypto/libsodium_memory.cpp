// What the linker gives libsodium for mmap and munmap (hash_memory.hpp). By itself: a program that links libsodium's
// shared library has no use for it, nor the functions that it calls.
#include <cstddef>
#include <sys/mman.h>

#include "crypto/hash_memory.hpp"

using gatehouse::crypto::HashMemoryScope;

// The names are ld's: --wrap=mmap makes of every mmap __wrap_mmap, and of __real_mmap the system's.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept;
int __real_munmap(void* at, std::size_t bytes) noexcept;

void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
    if (!HashMemoryScope::active()) return __real_mmap(at, bytes, protection, flags, fd, offset);
    void* const memory = gatehouse::crypto::take_hash_memory(bytes);
    return memory ? memory : MAP_FAILED;
}

int __wrap_munmap(void* at, std::size_t bytes) noexcept {
    if (!HashMemoryScope::active()) return __real_munmap(at, bytes);
    gatehouse::crypto::give_back_hash_memory(at, bytes);
    return 0;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
