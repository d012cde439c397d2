#include "crypto/hash_memory.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <sys/mman.h>
#include <utility>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

struct Region {
    void* at = nullptr;
    std::size_t bytes = 0;
};

// The one kept last goes first: it may still be in the core's cache.
class Kept {
public:
    Region take(std::size_t bytes) noexcept {
        const std::lock_guard lock(mutex_);
        const auto used = std::span(regions_).first(count_);
        const auto same = std::ranges::find(used.rbegin(), used.rend(), bytes, &Region::bytes);
        if (same != used.rend()) return remove(*same);
        return count_ > 0 ? remove(used.front()) : Region{};
    }
    bool add(Region region) noexcept {
        const std::lock_guard lock(mutex_);
        if (count_ == regions_.size()) return false;
        regions_[count_++] = region;
        return true;
    }
    Region take_any() noexcept {
        const std::lock_guard lock(mutex_);
        return count_ > 0 ? remove(regions_[count_ - 1]) : Region{};
    }
    std::size_t bytes() noexcept {
        const std::lock_guard lock(mutex_);
        std::size_t bytes = 0;
        for (const Region& region : std::span(regions_).first(count_)) bytes += region.bytes;
        return bytes;
    }

private:
    Region remove(Region& place) noexcept {
        const Region region = place;
        std::move(&place + 1, regions_.data() + count_, &place);
        --count_;
        return region;
    }

    std::mutex mutex_;
    std::array<Region, 64> regions_{};  // more hashes at once than that map their own
    std::size_t count_ = 0;
};

constinit Kept kept;
thread_local bool hashing = false;

// Even while this thread hashes it is the system that gets it.
void unmap(Region region) noexcept {
    const bool was = std::exchange(hashing, false);
    ::munmap(region.at, region.bytes);
    hashing = was;
}

}  // namespace

HashMemoryScope::HashMemoryScope() noexcept { hashing = true; }
HashMemoryScope::~HashMemoryScope() { hashing = false; }
bool HashMemoryScope::active() noexcept { return hashing; }

void* take_hash_memory(std::size_t bytes) noexcept {
    const Region region = kept.take(bytes);
    if (region.bytes == bytes) return region.at;
    if (region.at) unmap(region);
    return nullptr;
}

bool keep_hash_memory(void* at, std::size_t bytes) noexcept {
    sodium_memzero(at, bytes);
    return kept.add({at, bytes});
}

void release_hash_memory() noexcept {
    for (Region region = kept.take_any(); region.at; region = kept.take_any()) unmap(region);
}

std::size_t kept_hash_memory() noexcept { return kept.bytes(); }

}  // namespace gatehouse::crypto
