// Keys derived from the configured secrets, one per use: keyed BLAKE2b of the label under the secret, so that no two
// uses share a key and the secret itself signs nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace gatehouse::crypto {

// 128 bits in base64url. Public: it is what a client is given. No ==, which takes a time that tells: verify().
struct Mac {
    static constexpr std::size_t kLength = 22;
    std::array<char, kLength> text;
    [[nodiscard]] std::string_view view() const noexcept { return {text.data(), text.size()}; }  // borrowed from this
};

// 16 bytes, wiped when it goes; thread-safe to read. mac() is SipHash-2-4 with 128 bits of output: a MAC made for
// messages as short as a token (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), a fifth of the work of
// BLAKE2b, which takes two blocks of 128 bytes for a key and a token. Every check makes two.
class Subkey {
public:
    // `secret` may have any length but 0 (std::invalid_argument: a key that anybody can compute).
    Subkey(std::string_view secret, std::string_view label);
    Subkey(Subkey&&) noexcept;
    Subkey& operator=(Subkey&&) = delete;
    ~Subkey();

    // `message` may have any length.
    [[nodiscard]] Mac mac(std::string_view message) const noexcept;
    // Constant time in `mac`'s bytes.
    [[nodiscard]] bool verify(std::string_view message, std::string_view mac) const noexcept;
    // 64 bits of a keyed hash: a stable choice that nobody without the key can predict (the decoy of an address).
    [[nodiscard]] std::uint64_t pick(std::string_view message) const noexcept;

private:
    void wipe() noexcept;

    std::array<std::uint8_t, 16> key_{};
};

// One label's keys: signs with the current secret, verifies with the fallbacks too (key rotation).
class KeyRing {
public:
    // `secret`: the current one; `fallbacks`: older or coming ones, in SECRET_KEY_FALLBACKS' order.
    KeyRing(const Secret& secret, const std::vector<Secret>& fallbacks, std::string_view label);

    [[nodiscard]] Mac sign(std::string_view message) const noexcept;                           // with the current key
    [[nodiscard]] bool verify(std::string_view message, std::string_view mac) const noexcept;  // by any key; all tried

private:
    std::vector<Subkey> keys_;  // the current one first
};

}  // namespace gatehouse::crypto
