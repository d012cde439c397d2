#include "crypto/password.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include <crypt.h>
#include <fmt/format.h>
#include <sodium.h>

#include "base/secret.hpp"
#include "crypto/hash_memory.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::string_view kArgon2Prefix = "$argon2id$v=19$";
constexpr std::string_view kParallelism = ",p=1$";  // no other: libsodium's
constexpr std::size_t kKiB = 1024;
constexpr std::size_t kSaltBytes = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kMostKeyBytes = 64;

constexpr std::size_t kBcryptLength = 60;
constexpr std::size_t kBcryptHashLength = 31;  // behind "$2b$12$" and 22 characters of salt
constexpr std::size_t kBcryptPasswordBytes = 72;

bool is_bcrypt_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The cost of "$2b$12$" + 53 characters; 0: not bcrypt. "$2x$" is a known-broken variant and not among them.
int bcrypt_cost(std::string_view stored) noexcept {
    if (stored.size() != kBcryptLength || !stored.starts_with("$2")) return 0;
    if (stored[2] != 'a' && stored[2] != 'b' && stored[2] != 'y') return 0;
    if (stored[3] != '$' || !is_digit(stored[4]) || !is_digit(stored[5]) || stored[6] != '$') return 0;
    for (char c : stored.substr(7)) {
        if (!is_bcrypt_character(c)) return 0;
    }
    const int cost = (stored[4] - '0') * 10 + (stored[5] - '0');
    return cost >= 4 && cost <= 31 ? cost : 0;
}

// A stored argon2id hash taken apart. crypto_pwhash_str_verify is not used: it answers "wrong password" when it finds
// no memory, which would lock people out under load.
struct Argon2 {
    HashCost cost;
    std::array<unsigned char, kSaltBytes> salt;
    std::array<unsigned char, kMostKeyBytes> key;
    std::size_t key_bytes;
};

// Takes "<name><decimal>" off the front of `text`; no sign, no leading zero, at most 9 digits.
std::optional<unsigned> take_number(std::string_view& text, std::string_view name) noexcept {
    if (!text.starts_with(name)) return std::nullopt;
    text.remove_prefix(name.size());
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || digits > 9 || text.front() == '0') return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

// Fills the front of `into`; how many bytes, or nothing if `text` is not canonical base64 or too long.
std::optional<std::size_t> decode(std::string_view text, std::span<unsigned char> into) noexcept {
    std::size_t size = 0;
    const char* end = nullptr;
    const int status = sodium_base642bin(into.data(), into.size(), text.data(), text.size(), nullptr, &size, &end,
                                         sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    if (status != 0 || end != text.data() + text.size()) return std::nullopt;
    return size;
}

bool in_limits(const HashCost& cost) noexcept {
    return cost.memory_bytes >= crypto_pwhash_argon2id_MEMLIMIT_MIN && cost.memory_bytes <= kMaxArgon2Memory &&
           cost.passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN && cost.passes <= kMaxArgon2Passes;
}

// Takes "$argon2id$v=19$m=19456,t=2" off the front of `text`.
std::optional<HashCost> take_cost(std::string_view& text) noexcept {
    if (!text.starts_with(kArgon2Prefix)) return std::nullopt;
    text.remove_prefix(kArgon2Prefix.size());
    const auto memory = take_number(text, "m=");
    const auto passes = memory ? take_number(text, ",t=") : std::nullopt;
    if (!passes) return std::nullopt;
    const HashCost cost{.memory_bytes = *memory * kKiB, .passes = *passes};
    return in_limits(cost) ? std::optional(cost) : std::nullopt;
}

std::optional<Argon2> parse_argon2(std::string_view stored) noexcept {
    const auto cost = take_cost(stored);
    if (!cost || !stored.starts_with(kParallelism)) return std::nullopt;
    stored.remove_prefix(kParallelism.size());
    const auto dollar = stored.find('$');
    if (dollar == std::string_view::npos) return std::nullopt;

    Argon2 parsed{};
    parsed.cost = *cost;
    const auto salt_bytes = decode(stored.substr(0, dollar), parsed.salt);
    const auto key_bytes = decode(stored.substr(dollar + 1), parsed.key);
    if (salt_bytes != kSaltBytes || !key_bytes) return std::nullopt;
    if (*key_bytes < crypto_pwhash_argon2id_BYTES_MIN) return std::nullopt;
    parsed.key_bytes = *key_bytes;
    return parsed;
}

Result<bool> verify_argon2(const Argon2& stored, std::string_view password) {
    std::array<unsigned char, kMostKeyBytes> key;
    const HashMemoryScope memory;
    const int status =
        crypto_pwhash_argon2id(key.data(), stored.key_bytes, password.data(), password.size(), stored.salt.data(),
                               stored.cost.passes, stored.cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    // Every argument was checked: what is left to fail is the memory.
    if (status != 0) return fail(Errc::unavailable, "no memory for argon2id");
    const bool equal = sodium_memcmp(key.data(), stored.key.data(), stored.key_bytes) == 0;
    sodium_memzero(key.data(), key.size());
    return equal;
}

bool verify_bcrypt(std::string_view stored, std::string_view password) {
    if (password.contains('\0')) return false;  // crypt_r would take what stands before it
    std::array<char, kBcryptPasswordBytes + 1> phrase{};
    std::memcpy(phrase.data(), password.data(), std::min(password.size(), kBcryptPasswordBytes));
    std::array<char, kBcryptLength + 1> setting{};
    std::memcpy(setting.data(), stored.data(), kBcryptLength);

    thread_local const auto work = std::make_unique<crypt_data>();  // 32 KiB, only on threads that verify
    const char* made = crypt_r(phrase.data(), setting.data(), work.get());
    bool equal = false;
    if (made && std::strlen(made) == kBcryptLength) {
        constexpr auto kStart = kBcryptLength - kBcryptHashLength;
        equal = sodium_memcmp(made + kStart, setting.data() + kStart, kBcryptHashLength) == 0;
    }
    sodium_memzero(work.get(), sizeof(crypt_data));
    sodium_memzero(phrase.data(), phrase.size());
    return equal;
}

}  // namespace

HashInfo inspect_hash(std::string_view stored) noexcept {
    if (const int cost = bcrypt_cost(stored)) return {.kind = HashKind::bcrypt, .bcrypt_cost = cost};
    if (const auto parsed = parse_argon2(stored)) return {.kind = HashKind::argon2id, .argon2 = parsed->cost};
    return {};
}

std::optional<HashCost> argon2id_cost(std::string_view beginning) noexcept {
    const auto cost = take_cost(beginning);
    return beginning == kParallelism ? cost : std::nullopt;
}

std::string unknown_argon2id(const HashCost& cost) {
    // Of a random password, which was thrown away; with another cost it is not even that one's.
    constexpr std::string_view salt_and_key = "NzBjY2MyNGJhMjY4NTU2Nw$mdLP2bq3DIZjPhakmEweE2ERABdoESHgyEh8VzufGNY";
    return fmt::format("{}m={},t={}{}{}", kArgon2Prefix, cost.memory_bytes / kKiB, cost.passes, kParallelism,
                       salt_and_key);
}

Result<std::string> hash_password(std::string_view password, const HashCost& cost) {
    if (!in_limits(cost)) return fail(Errc::invalid_input, "an argon2id cost out of bounds");
    std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
    const HashMemoryScope memory;
    if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), cost.passes, cost.memory_bytes) !=
        0) {
        return fail(Errc::unavailable, "no memory for argon2id");
    }
    return std::string(text.data());
}

Result<bool> verify_password(std::string_view stored, std::string_view password, int bcrypt_max_cost) {
    if (const int cost = bcrypt_cost(stored)) return cost <= bcrypt_max_cost && verify_bcrypt(stored, password);
    if (const auto parsed = parse_argon2(stored)) return verify_argon2(*parsed, password);
    return false;
}

bool needs_rehash(std::string_view stored, std::string_view password, const HashCost& wanted) noexcept {
    const HashInfo info = inspect_hash(stored);
    switch (info.kind) {
        case HashKind::bcrypt:
            return password.size() <= kBcryptPasswordBytes;
        case HashKind::argon2id:
            return info.argon2 != HashCost{wanted.memory_bytes / kKiB * kKiB, wanted.passes};
        case HashKind::unknown:
            return false;
    }
    return false;
}

}  // namespace gatehouse::crypto
