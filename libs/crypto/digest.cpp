#include "crypto/digest.hpp"

#include <cstring>
#include <tuple>

#include <sodium.h>

namespace gatehouse::crypto {
namespace {

const unsigned char* raw(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr auto kHexPairs = [] {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) pairs[byte] = {alphabet[byte >> 4], alphabet[byte & 0x0f]};
    return pairs;
}();

// By a table: a digest is stored and shown, so that the time this takes may depend on it.
template <std::size_t count>
std::array<char, count> digits_of(const Digest& digest) noexcept {
    static_assert(count <= 2 * std::tuple_size_v<Digest>);
    std::array<char, count> digits;
    for (std::size_t i = 0; i < count / 2; ++i) std::memcpy(digits.data() + 2 * i, kHexPairs[digest[i]].data(), 2);
    return digits;
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

std::array<char, 64> hex_digits(const Digest& digest) noexcept { return digits_of<64>(digest); }
std::array<char, 16> short_digits(const Digest& digest) noexcept { return digits_of<16>(digest); }

std::string short_name(const Digest& digest) { return hex(view(digest).substr(0, 8)); }

std::string base64url(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kVariant);
    text.pop_back();
    return text;
}

}  // namespace gatehouse::crypto
