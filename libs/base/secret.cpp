#include "base/secret.hpp"

#include <cstddef>
#include <utility>

#include <sodium.h>

namespace gatehouse {

void wipe(std::string& bytes) noexcept {
    // Within the capacity: does not allocate, and clears nothing first.
    bytes.resize_and_overwrite(bytes.capacity(), [](char* start, std::size_t size) noexcept {
        sodium_memzero(start, size);
        return std::size_t{0};
    });
}

void wipe_contents(std::string& bytes) noexcept {
    sodium_memzero(bytes.data(), bytes.size());
    bytes.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret::Secret(std::string&& bytes) noexcept : bytes_(std::move(bytes)) { wipe(bytes); }
Secret::Secret(std::string_view bytes) : bytes_(bytes) {}
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { forget(other); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(bytes_);
        bytes_ = std::move(other.bytes_);
        wipe(other.bytes_);  // into memory that was there already even a short text is copied
    }
    return *this;
}

// A short text lies in the string object and is copied by a move; a long one leaves with its memory. Its length is not
// changed in here, so that nothing of a long one was ever in the object.
void Secret::forget(Secret& moved_from) const noexcept {
    if (bytes_.capacity() <= std::string().capacity()) {
        wipe(moved_from.bytes_);
    } else {
        moved_from.bytes_.clear();
    }
}

Secret::~Secret() { wipe(bytes_); }

}  // namespace gatehouse
