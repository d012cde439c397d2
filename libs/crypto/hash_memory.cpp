#include "crypto/hash_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <sys/mman.h>
#include <tuple>
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

// While it lives it is the system that this thread maps of and unmaps to, even in a hash.
class AtTheSystem {
public:
    AtTheSystem() noexcept : was_(std::exchange(hashing, false)) {}
    ~AtTheSystem() { hashing = was_; }
    AtTheSystem(const AtTheSystem&) = delete;
    AtTheSystem& operator=(const AtTheSystem&) = delete;

private:
    const bool was_;
};

// x86-64's and, with pages of 4 KiB, arm64's. Where they are of another size, the memory has ordinary pages.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// What is mapped for so many bytes: whole huge pages, unless it is less than one.
std::size_t mapped_size(std::size_t bytes) noexcept {
    return bytes < kHugePage ? bytes : (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

void unmap(Region region) noexcept {
    const AtTheSystem here;
    ::munmap(region.at, mapped_size(region.bytes));
}

void* map(std::size_t bytes) noexcept {
    const AtTheSystem here;
    const std::size_t size = mapped_size(bytes);
    const std::size_t spare = size < kHugePage ? 0 : kHugePage;  // to begin at a huge page's bound
    void* const all = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return nullptr;
    if (spare == 0) return all;
    auto* const first = static_cast<std::byte*>(all);
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(first) % kHugePage;
    if (before > 0) ::munmap(first, before);
    if (before < spare) ::munmap(first + before + size, spare - before);
    // Refused by a kernel without them, which changes nothing.
    std::ignore = ::madvise(first + before, size, MADV_HUGEPAGE);
    return first + before;
}

}  // namespace

HashMemoryScope::HashMemoryScope() noexcept { hashing = true; }
HashMemoryScope::~HashMemoryScope() { hashing = false; }
bool HashMemoryScope::active() noexcept { return hashing; }

void* take_hash_memory(std::size_t bytes) noexcept {
    const Region region = kept.take(bytes);
    if (region.bytes == bytes) return region.at;
    if (region.at) unmap(region);
    return map(bytes);
}

void give_back_hash_memory(void* at, std::size_t bytes) noexcept {
    sodium_memzero(at, bytes);
    if (!kept.add({at, bytes})) unmap({at, bytes});
}

void release_hash_memory() noexcept {
    for (Region region = kept.take_any(); region.at; region = kept.take_any()) unmap(region);
}

std::size_t kept_hash_memory() noexcept { return kept.bytes(); }

}  // namespace gatehouse::crypto
