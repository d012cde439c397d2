// Memory of coroutine frames, recycled by the thread that freed it: a request runs through a dozen short coroutines,
// and the larger frames are past what malloc keeps at hand (1 KiB with glibc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace gatehouse::detail {

// Under ASan every frame is malloc's, so that one used after its end is found.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kRecycleFrames = false;
#elif defined(__has_feature)
inline constexpr bool kRecycleFrames = !__has_feature(address_sanitizer);
#else
inline constexpr bool kRecycleFrames = true;
#endif

// One thread's free blocks, in classes of 128 bytes up to 4 KiB; of each class so many that a busy turn of the loop
// finds its frames here, and few enough (at most 4 MiB in all) that a flood's do not stay.
class FramePool {
public:
    FramePool() = default;
    FramePool(const FramePool&) = delete;
    FramePool& operator=(const FramePool&) = delete;
    ~FramePool() {
        closed = true;
        for (Block*& head : free_) {
            while (head != nullptr) ::operator delete(take(head));
        }
    }

    // Never null; throws bad_alloc. Give back with the same size, on any thread.
    [[nodiscard]] static void* allocate(std::size_t bytes) {
        const auto size_class = (bytes - 1) / kStep;
        if (!kRecycleFrames || size_class >= kClasses || closed) return ::operator new(bytes);
        FramePool& pool = mine();
        if (pool.free_[size_class] == nullptr) return ::operator new((size_class + 1) * kStep);
        --pool.count_[size_class];
        return take(pool.free_[size_class]);
    }
    static void deallocate(void* memory, std::size_t bytes) noexcept {
        const auto size_class = (bytes - 1) / kStep;
        FramePool* pool = !kRecycleFrames || size_class >= kClasses || closed ? nullptr : &mine();
        if (pool == nullptr || pool->count_[size_class] == kMost) {
            ::operator delete(memory);
            return;
        }
        ++pool->count_[size_class];
        pool->free_[size_class] = ::new (memory) Block{pool->free_[size_class]};
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
    static FramePool& mine() noexcept {
        thread_local FramePool pool;
        return pool;
    }
    // Frames may outlive their thread's pool, at the end of the process.
    static inline thread_local bool closed = false;

    std::array<Block*, kClasses> free_{};
    std::array<std::uint8_t, kClasses> count_{};
};

}  // namespace gatehouse::detail
