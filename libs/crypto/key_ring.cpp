#include "crypto/key_ring.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>
#include <tuple>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kMacBytes = crypto_shorthash_siphashx24_BYTES;

const unsigned char* raw(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The first 6 bytes as eight numbers of 6 bits, one to a byte.
std::uint64_t sixes_of(const std::uint8_t* bytes) noexcept {
    constexpr bool little = std::endian::native == std::endian::little;
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes, sizeof bits);
    bits = (little ? std::byteswap(bits) : bits) >> 16;
    bits = (bits & 0xFFFFFF000000) << 8 | (bits & 0x000000FFFFFF);
    bits = (bits & 0x00FFF00000FFF000) << 4 | (bits & 0x00000FFF00000FFF);
    bits = (bits & 0x0FC00FC00FC00FC0) << 2 | (bits & 0x003F003F003F003F);
    return little ? std::byteswap(bits) : bits;
}

// base64url (RFC 4648 section 5, no padding) of one size, without a branch and without a table that would be looked at
// where a secret says.
Mac text_of(const std::array<std::uint8_t, kMacBytes>& mac) noexcept {
    using Block [[gnu::vector_size(16)]] = signed char;  // GNU C, "Vector Extensions"
    std::array<std::uint8_t, 20> bytes{};
    std::memcpy(bytes.data(), mac.data(), mac.size());
    const std::array<std::uint64_t, 4> sixes{sixes_of(&bytes[0]), sixes_of(&bytes[6]), sixes_of(&bytes[12]), 0};
    std::array<Block, 2> text;
    std::memcpy(text.data(), sixes.data(), sizeof sixes);
    // From 'A' on; 26 on: 'a'; 52 on: '0'; 62: '-'; 63: '_'.
    for (Block& six : text) {
        six = six + 'A' + ((six > 25) & ('a' - 'Z' - 1)) + ((six > 51) & ('0' - 'z' - 1)) +
              ((six > 61) & ('-' - '9' - 1)) + ((six > 62) & ('_' - '-' - 1));
    }
    Mac shown;
    std::memcpy(shown.text.data(), text.data(), shown.text.size());
    return shown;
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
    return text_of(bytes);
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
