// BLAKE2b-256 (RFC 7693), the one hash of this code base, and the two texts that bytes are shown in.
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

[[nodiscard]] std::string hex(std::string_view bytes);  // lower case
// The same of a whole digest, without memory of its own: for what is done at every check.
[[nodiscard]] std::array<char, 64> hex_digits(const Digest& digest) noexcept;
// The digest's first 8 bytes as 16 hex digits: a public name that lists, answers and logs may show.
[[nodiscard]] std::string short_name(const Digest& digest);
[[nodiscard]] std::array<char, 16> short_digits(const Digest& digest) noexcept;  // the same
[[nodiscard]] std::string base64url(std::string_view bytes);                     // RFC 4648 section 5, no padding

}  // namespace gatehouse::crypto
