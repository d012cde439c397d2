// BLAKE2b-256 (RFC 7693), the one hash without a key of this code base, and the two texts that bytes are shown in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

using Digest = std::array<std::uint8_t, 32>;

// Unkeyed: for values that are random already (tokens, credentials) or not secret (the identity of an address).
[[nodiscard]] Digest blake2b_256(std::string_view bytes) noexcept;

// The digest's bytes as a view, borrowed: for keyed hashes, columns and comparison.
[[nodiscard]] inline std::string_view view(const Digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

[[nodiscard]] std::string hex(std::string_view bytes);        // lower case
[[nodiscard]] std::string base64url(std::string_view bytes);  // RFC 4648 section 5, no padding
// The same of a MAC or a token's hash: no memory of its own, in constant time.
[[nodiscard]] std::array<char, 22> base64url(const std::array<std::uint8_t, 16>& bytes) noexcept;

}  // namespace gatehouse::crypto
