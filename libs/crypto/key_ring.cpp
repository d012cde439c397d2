#include "crypto/key_ring.hpp"

#include <bit>
#include <stdexcept>
#include <tuple>

#include <sodium.h>

#include "crypto/digest.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kMacBytes = crypto_shorthash_siphashx24_BYTES;

const unsigned char* raw(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

// BLAKE2b takes keys of at most 64 bytes: a secret of any length is hashed to 64 first.
Subkey::Subkey(std::string_view secret, std::string_view label) {
    if (secret.empty()) throw std::invalid_argument("a subkey of an empty secret");
    std::array<std::uint8_t, crypto_generichash_KEYBYTES_MAX> root;
    crypto_generichash(root.data(), root.size(), raw(secret), secret.size(), nullptr, 0);
    crypto_generichash(key_.data(), key_.size(), raw(label), label.size(), root.data(), root.size());
    sodium_memzero(root.data(), root.size());
}

Subkey::Subkey(Subkey&& other) noexcept : key_(other.key_) { other.wipe(); }

Subkey::~Subkey() { wipe(); }

void Subkey::wipe() noexcept { sodium_memzero(key_.data(), key_.size()); }

Mac Subkey::mac(std::string_view message) const noexcept {
    static_assert(std::tuple_size_v<decltype(key_)> == crypto_shorthash_siphashx24_KEYBYTES);
    std::array<std::uint8_t, kMacBytes> bytes;
    crypto_shorthash_siphashx24(bytes.data(), raw(message), message.size(), key_.data());
    return {base64url(bytes)};
}

bool Subkey::verify(std::string_view message, std::string_view mac) const noexcept {
    return equal_in_constant_time(mac, this->mac(message).view());
}

// The shorter output is a function of its own: it says nothing about mac().
std::uint64_t Subkey::pick(std::string_view message) const noexcept {
    static_assert(std::tuple_size_v<decltype(key_)> == crypto_shorthash_siphash24_KEYBYTES);
    std::array<std::uint8_t, crypto_shorthash_siphash24_BYTES> bytes;
    crypto_shorthash_siphash24(bytes.data(), raw(message), message.size(), key_.data());
    return std::bit_cast<std::uint64_t>(bytes);
}

KeyRing::KeyRing(const Secret& secret, const std::vector<Secret>& fallbacks, std::string_view label) {
    keys_.reserve(1 + fallbacks.size());
    keys_.emplace_back(secret.view(), label);
    for (const Secret& fallback : fallbacks) keys_.emplace_back(fallback.view(), label);
}

Mac KeyRing::sign(std::string_view message) const noexcept { return keys_.front().mac(message); }

bool KeyRing::verify(std::string_view message, std::string_view mac) const noexcept {
    bool good = false;
    for (const Subkey& key : keys_) good |= key.verify(message, mac);
    return good;
}

}  // namespace gatehouse::crypto
