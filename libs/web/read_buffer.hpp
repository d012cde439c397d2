// The bytes that a connection has received and not yet consumed. Consumed bytes are wiped: they held cookies or
// passwords.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <sodium.h>

#include "async/thread_memory.hpp"

namespace gatehouse::web {

class ReadBuffer {
public:
    ~ReadBuffer() {
        consume(size());
        release();
    }
    ReadBuffer() = default;
    ReadBuffer(const ReadBuffer&) = delete;
    ReadBuffer& operator=(const ReadBuffer&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_ + begin_, size()}; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

    // Room behind the received bytes, at least one byte and `total` for all together. Views taken before are void.
    [[nodiscard]] std::span<char> room(std::size_t total) {
        if (begin_ > 0 && begin_ + total > capacity_ && end_ > 0) {
            std::memmove(bytes_, bytes_ + begin_, size());
            sodium_memzero(bytes_ + size(), end_ - size());
            end_ -= begin_;
            begin_ = 0;
        }
        if (end_ == capacity_) grow(std::max({end_ + kStep, total}));
        return {bytes_ + end_, capacity_ - end_};
    }
    void received(std::size_t count) noexcept { end_ += count; }

    void consume(std::size_t count) noexcept {
        sodium_memzero(bytes_ + begin_, count);
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    // Forgets what was received last, but for the first `kept` bytes.
    void truncate(std::size_t kept) noexcept {
        sodium_memzero(bytes_ + begin_ + kept, size() - kept);
        end_ = begin_ + kept;
    }
    // Gives the memory back; the buffer must be empty.
    void release() noexcept {
        if (bytes_ != nullptr) ThreadMemory::deallocate(bytes_, capacity_);
        bytes_ = nullptr;
        capacity_ = 0;
    }

private:
    static constexpr std::size_t kStep = 4096;
    void grow(std::size_t capacity) {
        auto* larger = static_cast<char*>(ThreadMemory::allocate(capacity));
        if (!empty()) std::memcpy(larger, bytes_ + begin_, size());
        const auto kept = size();
        consume(kept);
        release();
        begin_ = 0;
        end_ = kept;
        bytes_ = larger;
        capacity_ = capacity;
    }

    char* bytes_ = nullptr;  // of ThreadMemory: taken and given back with every request
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gatehouse::web
