// Short-lived memory of the request path, recycled by the thread that freed it: frames of coroutines, handlers, read
// buffers. A request takes a dozen such blocks, and the larger ones are past what malloc keeps at hand (1 KiB with
// glibc). Whoever kept a secret there wipes it before giving the block back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace gatehouse {

namespace detail {

// Under ASan every block is malloc's, so that one used after its end is found.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kRecycle = false;
#elif defined(__has_feature)
inline constexpr bool kRecycle = !__has_feature(address_sanitizer);
#else
inline constexpr bool kRecycle = true;
#endif

}  // namespace detail

// One thread's free blocks, in classes of 128 bytes up to 4 KiB; of each class so many that a busy turn of the loop
// finds its blocks here, and few enough (at most 4 MiB in all) that a flood's do not stay.
class ThreadMemory {
public:
    ThreadMemory() = default;
    ThreadMemory(const ThreadMemory&) = delete;
    ThreadMemory& operator=(const ThreadMemory&) = delete;
    ~ThreadMemory() {
        closed = true;
        for (Block*& head : free_) {
            while (head != nullptr) ::operator delete(take(head));
        }
    }

    // Never null; throws bad_alloc. Give back with the same size, on any thread.
    [[nodiscard]] static void* allocate(std::size_t bytes) {
        const auto size_class = (bytes - 1) / kStep;
        if (!detail::kRecycle || size_class >= kClasses || closed) return ::operator new(bytes);
        ThreadMemory& here = mine();
        if (here.free_[size_class] == nullptr) return ::operator new((size_class + 1) * kStep);
        --here.count_[size_class];
        return take(here.free_[size_class]);
    }
    static void deallocate(void* memory, std::size_t bytes) noexcept {
        const auto size_class = (bytes - 1) / kStep;
        ThreadMemory* here = !detail::kRecycle || size_class >= kClasses || closed ? nullptr : &mine();
        if (here == nullptr || here->count_[size_class] == kMost) {
            ::operator delete(memory);
            return;
        }
        ++here->count_[size_class];
        here->free_[size_class] = ::new (memory) Block{here->free_[size_class]};
    }

private:
    static constexpr std::size_t kStep = 128;
    static constexpr std::size_t kClasses = 32;
    static constexpr std::uint8_t kMost = 64;

    struct Block {
        Block* next;
    };
    static void* take(Block*& head) noexcept {
        Block* block = head;
        head = block->next;
        return block;
    }
    static ThreadMemory& mine() noexcept {
        thread_local ThreadMemory mine;
        return mine;
    }
    // Blocks may outlive their thread's pool, at the end of the process.
    static inline thread_local bool closed = false;

    std::array<Block*, kClasses> free_{};
    std::array<std::uint8_t, kClasses> count_{};
};

// For containers and Asio's handlers (get_allocator).
template <class T>
struct ThreadAllocator {
    using value_type = T;
    ThreadAllocator() = default;
    template <class U>
    ThreadAllocator(const ThreadAllocator<U>&) noexcept {}
    [[nodiscard]] T* allocate(std::size_t count) {
        static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
        return static_cast<T*>(ThreadMemory::allocate(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t count) noexcept { ThreadMemory::deallocate(memory, count * sizeof(T)); }
    template <class U>
    friend bool operator==(ThreadAllocator, ThreadAllocator<U>) noexcept {
        return true;
    }
};

}  // namespace gatehouse
