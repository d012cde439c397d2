#include "base/secret.hpp"

#include <utility>

#include <sodium.h>

namespace gatehouse {

void wipe(std::string& bytes) noexcept {
    bytes.resize(bytes.capacity());  // within the capacity: does not allocate
    sodium_memzero(bytes.data(), bytes.size());
    bytes.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret::Secret(std::string&& bytes) noexcept : bytes_(std::move(bytes)) { wipe(bytes); }
Secret::Secret(std::string_view bytes) : bytes_(bytes) {}
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(bytes_);
        bytes_ = std::move(other.bytes_);
        wipe(other.bytes_);  // a short string is copied by a move
    }
    return *this;
}

Secret::~Secret() { wipe(bytes_); }

}  // namespace gatehouse
