#include "crypto/hash_memory.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
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
    void* const at = take_hash_memory(kBytes);
    REQUIRE(at);
    CHECK(std::ranges::all_of(bytes_of(at, kBytes), [](unsigned char byte) { return byte == 0; }));
    give_back_hash_memory(at, kBytes);
    CHECK(right(*stored, "correct horse 1"));
    release_hash_memory();
    CHECK(kept_hash_memory() == 0);
}

TEST_CASE("what is given back is wiped and goes to who asks for as much") {
    release_hash_memory();
    void* const first = take_hash_memory(kBytes);
    REQUIRE(first);
    std::ranges::fill(bytes_of(first, kBytes), 0x5A);
    give_back_hash_memory(first, kBytes);
    CHECK(kept_hash_memory() == kBytes);
    CHECK(take_hash_memory(kBytes) == first);
    CHECK(kept_hash_memory() == 0);
    CHECK(std::ranges::all_of(bytes_of(first, kBytes), [](unsigned char byte) { return byte == 0; }));
    void* const second = take_hash_memory(kBytes);
    CHECK(second != first);
    give_back_hash_memory(first, kBytes);
    give_back_hash_memory(second, kBytes);
    release_hash_memory();
}

TEST_CASE("kept memory of another size makes way, the oldest first, even while its thread hashes") {
    release_hash_memory();
    void* const one = take_hash_memory(kBytes);
    void* const two = take_hash_memory(2 * kBytes);
    give_back_hash_memory(one, kBytes);
    give_back_hash_memory(two, 2 * kBytes);
    REQUIRE(kept_hash_memory() == 3 * kBytes);
    const HashMemoryScope hashing;
    void* const three = take_hash_memory(3 * kBytes);
    CHECK(kept_hash_memory() == 2 * kBytes);
    void* const another = take_hash_memory(3 * kBytes);
    CHECK(kept_hash_memory() == 0);
    give_back_hash_memory(three, 3 * kBytes);
    give_back_hash_memory(another, 3 * kBytes);
    release_hash_memory();
}

TEST_CASE("what is larger than a huge page begins at one's bound, is all there, and goes as a whole") {
    release_hash_memory();
    constexpr std::size_t kHuge = 2 << 20;
    constexpr std::size_t kOdd = 2 * kHuge + 4096;
    void* const at = take_hash_memory(kOdd);
    REQUIRE(at);
    CHECK(reinterpret_cast<std::uintptr_t>(at) % kHuge == 0);
    std::ranges::fill(bytes_of(at, kOdd), 0x5A);
    give_back_hash_memory(at, kOdd);
    CHECK(kept_hash_memory() == kOdd);
    std::array<unsigned char, 3 * kHuge / 4096> pages;
    CHECK(::mincore(at, 3 * kHuge, pages.data()) == 0);
    release_hash_memory();
    for (std::size_t begin = 0; begin < 3 * kHuge; begin += 4096) {
        void* const page = static_cast<char*>(at) + begin;
        if (::mincore(page, 4096, pages.data()) == 0 || errno != ENOMEM) FAIL("still mapped at " << begin);
    }
}

TEST_CASE("without memory there is none") {
    release_hash_memory();
    CHECK(take_hash_memory(std::size_t{1} << 60) == nullptr);
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
    void* const at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    ::munmap(at, kBytes);
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
