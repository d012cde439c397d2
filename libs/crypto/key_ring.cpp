#include "crypto/key_ring.hpp"

#include <cstring>
#include <stdexcept>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

const unsigned char* raw(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::size_t kMacBytes = 16;

// base64url (RFC 4648 section 5, no padding) of one size, 16 characters at once: no branch and no table that would be
// looked at where a secret says.
std::array<char, Subkey::kMacLength> text_of(const std::array<std::uint8_t, kMacBytes>& mac) noexcept {
    using Block [[gnu::vector_size(16)]] = signed char;
    std::array<std::uint8_t, 18> bytes{};
    std::memcpy(bytes.data(), mac.data(), mac.size());
    std::array<signed char, 2 * sizeof(Block)> text{};  // numbers of 6 bits first, then their characters
    for (std::size_t from = 0, to = 0; from < bytes.size(); from += 3, to += 4) {
        const unsigned bits = unsigned{bytes[from]} << 16 | unsigned{bytes[from + 1]} << 8 | bytes[from + 2];
        text[to] = static_cast<signed char>(bits >> 18);
        text[to + 1] = static_cast<signed char>(bits >> 12 & 0x3F);
        text[to + 2] = static_cast<signed char>(bits >> 6 & 0x3F);
        text[to + 3] = static_cast<signed char>(bits & 0x3F);
    }
    for (std::size_t at = 0; at < text.size(); at += sizeof(Block)) {
        Block six;
        std::memcpy(&six, &text[at], sizeof six);
        // From 'A' on; 26 on: 'a'; 52 on: '0'; 62: '-'; 63: '_'.
        six = six + 'A' + ((six > 25) & ('a' - 'Z' - 1)) + ((six > 51) & ('0' - 'z' - 1)) +
              ((six > 61) & ('-' - '9' - 1)) + ((six > 62) & ('_' - '-' - 1));
        std::memcpy(&text[at], &six, sizeof six);
    }
    std::array<char, Subkey::kMacLength> mac_text;
    std::memcpy(mac_text.data(), text.data(), mac_text.size());
    return mac_text;
}

}  // namespace

// BLAKE2b takes keys of at most 64 bytes: a secret of any length is hashed to 64 first.
Subkey::Subkey(std::string_view secret, std::string_view label) {
    if (secret.empty()) throw std::invalid_argument("a subkey of an empty secret");
    std::array<std::uint8_t, crypto_generichash_KEYBYTES_MAX> root;
    crypto_generichash(root.data(), root.size(), raw(secret), secret.size(), nullptr, 0);
    crypto_generichash(key_.data(), key_.size(), raw(label), label.size(), root.data(), root.size());
    sodium_memzero(root.data(), root.size());
    crypto_generichash_state state;
    static_assert(sizeof state == sizeof keyed_);
    crypto_generichash_init(&state, key_.data(), key_.size(), kMacBytes);
    std::memcpy(keyed_.data(), &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

Subkey::Subkey(Subkey&& other) noexcept : key_(other.key_), keyed_(other.keyed_) { other.wipe(); }

Subkey::~Subkey() { wipe(); }

void Subkey::wipe() noexcept {
    sodium_memzero(key_.data(), key_.size());
    sodium_memzero(keyed_.data(), keyed_.size());
}

std::array<char, Subkey::kMacLength> Subkey::mac(std::string_view message) const noexcept {
    crypto_generichash_state state;
    std::memcpy(&state, keyed_.data(), sizeof state);
    std::array<std::uint8_t, kMacBytes> bytes;
    crypto_generichash_update(&state, raw(message), message.size());
    crypto_generichash_final(&state, bytes.data(), bytes.size());
    sodium_memzero(&state, sizeof state);
    return text_of(bytes);
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
