// Credentials of services that call other services: a bearer secret on one side, its hash and its rights on the other.
//
//     ghs_<name>_<43 characters base64url of 32 random bytes>        what the caller holds
//     <name>:<scope>+<scope>…:<64 hex digits>                        what the called service is configured with
//
// name: 1 to 32 of a-z 0-9 -, beginning with a letter or digit. The hash is BLAKE2b-256 of the whole credential: enough
// for 256 random bits, which nobody can guess. The name is part of the credential so that logs can say who called.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::crypto {

// One configured credential. Holds nothing secret.
struct CredentialEntry {
    std::string name;
    std::vector<std::string> scopes;  // a-z and -, none twice, at least one
    Digest hash{};                    // of the whole credential
    [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
    friend bool operator==(const CredentialEntry&, const CredentialEntry&) = default;
};

// A fresh credential and the entry that admits it.
struct NewCredential {
    Secret credential;
    CredentialEntry entry;
};

[[nodiscard]] bool is_credential_name(std::string_view name) noexcept;

// invalid_input: a name or scope that breaks the rules above. Random from libsodium.
[[nodiscard]] Result<NewCredential> new_service_credential(std::string_view name, std::span<const std::string> scopes);

// The name in a credential of the right form, borrowed from `credential`. Empty: not one. Says nothing of its validity.
[[nodiscard]] std::optional<std::string_view> credential_name(std::string_view credential) noexcept;

// Is `credential` the one that `entry` was made for? Constant time in the credential's bytes.
[[nodiscard]] bool admits(const CredentialEntry& entry, std::string_view credential) noexcept;

// The one of `entries` that admits `credential`, borrowed; null: none. Looks at all entries, whichever matches.
[[nodiscard]] const CredentialEntry* find_credential(std::span<const CredentialEntry> entries,
                                                     std::string_view credential) noexcept;

// "name:scope+scope:hash", and back. invalid_input says what is wrong and does not repeat the text, which may be a
// credential put into the wrong variable.
[[nodiscard]] std::string to_string(const CredentialEntry& entry);
[[nodiscard]] Result<CredentialEntry> parse_credential_entry(std::string_view text);

}  // namespace gatehouse::crypto
