// Keys derived from the configured secrets, one per use: keyed BLAKE2b of the label under the secret, so that no two
// uses share a key and the secret itself signs nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace gatehouse::crypto {

// 32 bytes, wiped when it goes; thread-safe to read. mac() is keyed BLAKE2b (RFC 7693), 128 bits = 22 characters of
// base64url.
class Subkey {
public:
    // `secret` may have any length but 0 (std::invalid_argument: a key that anybody can compute).
    Subkey(std::string_view secret, std::string_view label);
    Subkey(Subkey&&) noexcept;
    Subkey& operator=(Subkey&&) = delete;
    ~Subkey();

    static constexpr std::size_t kMacLength = 22;
    [[nodiscard]] std::array<char, kMacLength> mac(std::string_view message) const noexcept;
    // Constant time in `mac`'s bytes.
    [[nodiscard]] bool verify(std::string_view message, std::string_view mac) const noexcept;
    // 64 bits of a keyed hash: a stable choice that nobody without the key can predict (the decoy of an address).
    [[nodiscard]] std::uint64_t pick(std::string_view message) const noexcept;

private:
    void wipe() noexcept;

    std::array<std::uint8_t, 32> key_{};
    // libsodium's state of a MAC that has its key and no message yet: copied for each, as setting it up costs half as
    // much as the hash itself. A secret like the key.
    std::array<std::uint8_t, 384> keyed_{};
};

// One label's keys: signs with the current secret, verifies with the fallbacks too (key rotation).
class KeyRing {
public:
    // `secret`: the current one; `fallbacks`: older or coming ones, in SECRET_KEY_FALLBACKS' order.
    KeyRing(const Secret& secret, const std::vector<Secret>& fallbacks, std::string_view label);

    [[nodiscard]] std::string sign(std::string_view message) const;                            // 22 characters
    [[nodiscard]] bool verify(std::string_view message, std::string_view mac) const noexcept;  // by any key; all tried

private:
    std::vector<Subkey> keys_;  // the current one first
};

}  // namespace gatehouse::crypto
