#include "crypto/key_ring.hpp"

#include <cstring>
#include <stdexcept>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

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

Subkey::Subkey(Subkey&& other) noexcept : key_(other.key_) { sodium_memzero(other.key_.data(), other.key_.size()); }

Subkey::~Subkey() { sodium_memzero(key_.data(), key_.size()); }

std::array<char, Subkey::kMacLength> Subkey::mac(std::string_view message) const noexcept {
    std::array<std::uint8_t, 16> bytes;
    crypto_generichash(bytes.data(), bytes.size(), raw(message), message.size(), key_.data(), key_.size());
    std::array<char, kMacLength + 1> text;  // libsodium ends it with a NUL
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    std::array<char, kMacLength> mac;
    std::memcpy(mac.data(), text.data(), mac.size());
    return mac;
}

bool Subkey::verify(std::string_view message, std::string_view mac) const noexcept {
    const auto expected = this->mac(message);
    return equal_in_constant_time(mac, {expected.data(), expected.size()});
}

// Another output length is another BLAKE2b: independent of mac().
std::uint64_t Subkey::pick(std::string_view message) const noexcept {
    std::array<std::uint8_t, 32> bytes;
    crypto_generichash(bytes.data(), bytes.size(), raw(message), message.size(), key_.data(), key_.size());
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | bytes[i];
    return number;
}

KeyRing::KeyRing(const Secret& secret, const std::vector<Secret>& fallbacks, std::string_view label) {
    keys_.reserve(1 + fallbacks.size());
    keys_.emplace_back(secret.view(), label);
    for (const Secret& fallback : fallbacks) keys_.emplace_back(fallback.view(), label);
}

std::string KeyRing::sign(std::string_view message) const {
    const auto mac = keys_.front().mac(message);
    return {mac.data(), mac.size()};
}

bool KeyRing::verify(std::string_view message, std::string_view mac) const noexcept {
    bool good = false;
    for (const Subkey& key : keys_) good |= key.verify(message, mac);
    return good;
}

}  // namespace gatehouse::crypto
