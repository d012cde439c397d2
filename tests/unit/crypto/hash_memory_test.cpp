#include "crypto/hash_memory.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include "crypto/password.hpp"
#include "support/catch.hpp"

namespace gatehouse::crypto {
namespace {

constexpr HashCost kCost{.memory_bytes = 1 << 20, .passes = 1};
constexpr std::size_t kBytes = kCost.memory_bytes;

void* mapped(std::size_t bytes) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    return at;
}

std::span<unsigned char> bytes_of(void* at, std::size_t bytes) { return {static_cast<unsigned char*>(at), bytes}; }

bool right(const std::string& stored, std::string_view password) {
    return verify_password(stored, password, 12).value_or(false);
}

TEST_CASE("a hash leaves its memory to the next one, wiped, until it is released") {
    release_hash_memory();
    const auto stored = hash_password("correct horse 1", kCost);
    REQUIRE(stored);
    REQUIRE(kept_hash_memory() == (GATEHOUSE_KEEPS_HASH_MEMORY ? kBytes : 0));
    for (int i = 0; i < 3; ++i) {
        CHECK(right(*stored, "correct horse 1"));
        CHECK_FALSE(right(*stored, "correct horse 2"));
    }
    CHECK(kept_hash_memory() == (GATEHOUSE_KEEPS_HASH_MEMORY ? kBytes : 0));
    if (void* const at = take_hash_memory(kBytes)) {
        CHECK(std::ranges::all_of(bytes_of(at, kBytes), [](unsigned char byte) { return byte == 0; }));
        ::munmap(at, kBytes);
    }
    CHECK(right(*stored, "correct horse 1"));
    release_hash_memory();
    CHECK(kept_hash_memory() == 0);
}

TEST_CASE("what is kept is wiped and given to who asks for as much") {
    release_hash_memory();
    void* const first = mapped(kBytes);
    std::ranges::fill(bytes_of(first, kBytes), 0x5A);
    REQUIRE(keep_hash_memory(first, kBytes));
    CHECK(kept_hash_memory() == kBytes);
    CHECK(take_hash_memory(kBytes) == first);
    CHECK(kept_hash_memory() == 0);
    CHECK(std::ranges::all_of(bytes_of(first, kBytes), [](unsigned char byte) { return byte == 0; }));
    CHECK(take_hash_memory(kBytes) == nullptr);
    ::munmap(first, kBytes);
}

TEST_CASE("kept memory of another size makes way, the oldest first, even while its thread hashes") {
    release_hash_memory();
    REQUIRE(keep_hash_memory(mapped(kBytes), kBytes));
    REQUIRE(keep_hash_memory(mapped(2 * kBytes), 2 * kBytes));
    const HashMemoryScope hashing;
    CHECK(take_hash_memory(3 * kBytes) == nullptr);
    CHECK(kept_hash_memory() == 2 * kBytes);
    CHECK(take_hash_memory(3 * kBytes) == nullptr);
    CHECK(kept_hash_memory() == 0);
}

TEST_CASE("as much is kept as there were hashes at once") {
    release_hash_memory();
    const auto stored = hash_password("correct horse 1", kCost);
    REQUIRE(stored);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) {
                if (!right(*stored, "correct horse 1") || right(*stored, "wrong horse 2")) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(kept_hash_memory() <= 4 * kBytes);
    CHECK(kept_hash_memory() % kBytes == 0);
    release_hash_memory();
}

TEST_CASE("what is mapped outside a hash is the system's") {
    release_hash_memory();
    ::munmap(mapped(kBytes), kBytes);
    CHECK(kept_hash_memory() == 0);
    CHECK_FALSE(HashMemoryScope::active());
    {
        const HashMemoryScope hashing;
        CHECK(HashMemoryScope::active());
    }
    CHECK_FALSE(HashMemoryScope::active());
}

}  // namespace
}  // namespace gatehouse::crypto
