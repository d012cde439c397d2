#include "crypto/service_credential.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

#include "base/text.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::string_view kPrefix = "ghs_";
constexpr std::size_t kSecretLength = 43;  // 32 bytes in base64url without padding
constexpr std::size_t kLongestName = 32;
constexpr std::size_t kLongestScope = 32;

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

constexpr Characters kBase64url(kLettersAndDigits, "-_");

bool is_scope(std::string_view scope) noexcept {
    return !scope.empty() && scope.size() <= kLongestScope &&
           std::ranges::all_of(scope, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

Result<void> check_scopes(std::span<const std::string> scopes) {
    if (scopes.empty()) return fail(Errc::invalid_input, "a credential needs at least one scope");
    for (auto scope = scopes.begin(); scope != scopes.end(); ++scope) {
        if (!is_scope(*scope)) return fail(Errc::invalid_input, "a scope is 1 to 32 letters a-z and -");
        if (std::find(scopes.begin(), scope, *scope) != scope) {
            return fail(Errc::invalid_input, fmt::format("the scope {} is named twice", *scope));
        }
    }
    return {};
}

Secret random_text() {
    std::array<char, 32> random{};
    randombytes_buf(random.data(), random.size());
    Secret text(base64url({random.data(), random.size()}));
    sodium_memzero(random.data(), random.size());
    return text;
}

}  // namespace

bool CredentialEntry::has_scope(std::string_view scope) const noexcept {
    return std::ranges::find(scopes, scope) != scopes.end();
}

bool is_credential_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
           std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

Result<NewCredential> new_service_credential(std::string_view name, std::span<const std::string> scopes) {
    if (!is_credential_name(name)) {
        return fail(Errc::invalid_input, "a name is 1 to 32 of a-z, 0-9 and -, and does not begin with -");
    }
    if (auto good = check_scopes(scopes); !good) return std::unexpected(std::move(good).error());
    const Secret random = random_text();
    std::string text;
    text.reserve(kPrefix.size() + name.size() + 1 + kSecretLength);  // or appending would leave copies behind
    text.append(kPrefix).append(name).append("_").append(random.view());
    CredentialEntry entry{std::string(name), {scopes.begin(), scopes.end()}, blake2b_256(text)};
    return NewCredential{Secret(std::move(text)), std::move(entry)};
}

std::optional<std::string_view> credential_name(std::string_view credential) noexcept {
    if (!credential.starts_with(kPrefix)) return std::nullopt;
    auto rest = credential.substr(kPrefix.size());
    if (rest.size() < kSecretLength + 2 || rest.size() > kLongestName + 1 + kSecretLength) return std::nullopt;
    auto name = rest.substr(0, rest.size() - kSecretLength - 1);
    auto random = rest.substr(rest.size() - kSecretLength);
    if (rest[name.size()] != '_' || !is_credential_name(name)) return std::nullopt;
    if (!kBase64url.are_all_of(random)) return std::nullopt;
    return name;
}

bool admits(const CredentialEntry& entry, std::string_view credential) noexcept {
    const auto hash = blake2b_256(credential);
    const bool same = sodium_memcmp(hash.data(), entry.hash.data(), hash.size()) == 0;
    return same && credential_name(credential) == std::string_view(entry.name);
}

const CredentialEntry* find_credential(std::span<const CredentialEntry> entries, std::string_view credential) noexcept {
    const auto name = credential_name(credential);
    if (!name) return nullptr;
    const auto hash = blake2b_256(credential);
    const CredentialEntry* found = nullptr;
    for (const auto& entry : entries) {
        const bool same = sodium_memcmp(hash.data(), entry.hash.data(), hash.size()) == 0;
        if (same && *name == entry.name) found = &entry;
    }
    return found;
}

std::string to_string(const CredentialEntry& entry) {
    return fmt::format("{}:{}:{}", entry.name, fmt::join(entry.scopes, "+"), hex(view(entry.hash)));
}

Result<CredentialEntry> parse_credential_entry(std::string_view text) {
    const auto first = text.find(':');
    const auto second = first == text.npos ? text.npos : text.find(':', first + 1);
    if (second == text.npos) return fail(Errc::invalid_input, "is not name:scope+scope:hash");
    CredentialEntry entry;
    entry.name = text.substr(0, first);
    if (!is_credential_name(entry.name)) {
        return fail(Errc::invalid_input, "has a name that is not 1 to 32 of a-z, 0-9 and -");
    }
    auto scopes = text.substr(first + 1, second - first - 1);
    for (auto plus = scopes.find('+'); plus != scopes.npos; plus = scopes.find('+')) {
        entry.scopes.emplace_back(scopes.substr(0, plus));
        scopes.remove_prefix(plus + 1);
    }
    entry.scopes.emplace_back(scopes);
    if (auto good = check_scopes(entry.scopes); !good) return std::unexpected(std::move(good).error());
    const auto digits = text.substr(second + 1);
    std::size_t bytes = 0;
    if (digits.size() != 2 * entry.hash.size() ||
        sodium_hex2bin(entry.hash.data(), entry.hash.size(), digits.data(), digits.size(), nullptr, &bytes, nullptr) !=
            0 ||
        bytes != entry.hash.size()) {
        return fail(Errc::invalid_input, fmt::format("{}: the hash is not 64 hex digits", entry.name));
    }
    return entry;
}

}  // namespace gatehouse::crypto
