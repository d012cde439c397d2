// Loaded into a service with LD_PRELOAD: its operator new counts, in the file that COUNTED_ALLOCATIONS names. The other
// forms of new that the standard library has come here too ([new.delete]); its operator delete frees what malloc gave.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using Count = std::atomic<std::uint64_t>;

Count* open_count() noexcept {
    const char* path = std::getenv("COUNTED_ALLOCATIONS");
    const int fd = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return nullptr;
    void* memory = ::mmap(nullptr, sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<Count*>(memory);
}

void count_one() noexcept {
    static Count* const count = open_count();
    if (count) count->fetch_add(1, std::memory_order_relaxed);
}

void* checked(void* memory) {
    if (!memory) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t bytes) {
    count_one();
    return checked(std::malloc(bytes == 0 ? 1 : bytes));
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
    count_one();
    const auto align = static_cast<std::size_t>(alignment);
    return checked(std::aligned_alloc(align, (bytes + align - 1) / align * align));
}
