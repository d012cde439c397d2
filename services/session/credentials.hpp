// Who may ask: SERVICE_CREDENTIALS, read at start, and its file again on SIGHUP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/service_credential.hpp"

namespace gatehouse::session {

// The word among an entry's scopes that takes all of them away: whoever shows that credential is 403, not unknown.
inline constexpr std::string_view kDisabled = "disabled";

struct Credentials {
    std::vector<crypto::CredentialEntry> entries;
    std::vector<std::string> mistakes;  // all of them; then the entries must not be used
};

// "name:scope+scope:hash", separated by commas or line ends. A name may have several entries. Mistakes never repeat
// what could be a credential in the wrong place.
[[nodiscard]] Credentials parse_credentials(std::string_view text);

}  // namespace gatehouse::session
