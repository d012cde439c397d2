#include "crypto/digest.hpp"

#include <bit>
#include <cstring>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

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

}  // namespace

Digest blake2b_256(std::string_view bytes) noexcept {
    Digest digest;
    crypto_generichash(digest.data(), digest.size(), raw(bytes), bytes.size(), nullptr, 0);
    return digest;
}

std::string hex(std::string_view bytes) {
    std::string text(bytes.size() * 2 + 1, '\0');  // libsodium ends it with a NUL
    sodium_bin2hex(text.data(), text.size(), raw(bytes), bytes.size());
    text.pop_back();
    return text;
}

std::string base64url(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kVariant);
    text.pop_back();
    return text;
}

// Without a branch and without a table that would be looked at where a secret says.
std::array<char, 22> base64url(const std::array<std::uint8_t, 16>& all) noexcept {
    using Block [[gnu::vector_size(16)]] = signed char;  // GNU C, "Vector Extensions"
    std::array<std::uint8_t, 20> bytes{};
    std::memcpy(bytes.data(), all.data(), all.size());
    const std::array<std::uint64_t, 4> sixes{sixes_of(&bytes[0]), sixes_of(&bytes[6]), sixes_of(&bytes[12]), 0};
    std::array<Block, 2> text;
    std::memcpy(text.data(), sixes.data(), sizeof sixes);
    // From 'A' on; 26 on: 'a'; 52 on: '0'; 62: '-'; 63: '_'.
    for (Block& six : text) {
        six = six + 'A' + ((six > 25) & ('a' - 'Z' - 1)) + ((six > 51) & ('0' - 'z' - 1)) +
              ((six > 61) & ('-' - '9' - 1)) + ((six > 62) & ('_' - '-' - 1));
    }
    std::array<char, 22> shown;
    std::memcpy(shown.data(), text.data(), shown.size());
    return shown;
}

}  // namespace gatehouse::crypto
