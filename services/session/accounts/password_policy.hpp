// What a password must be when it is set (never when somebody signs in): NIST SP 800-63B section 5.1.1.2, without
// composition rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::session {

// Why `password` may not be set for the account of `email` (as it is stored or given): a sentence for people. Empty: it
// may. Rules: at least `least` code points (8, or LOGIN_PASSWORD_MIN if that is more: what is set must be able to sign
// in), at most 1024 bytes, no NUL, not the address or its local part, none of the common passwords; the last two
// without regard to A-Z or a-z.
[[nodiscard]] std::optional<std::string> refuse_password(std::string_view password, std::string_view email,
                                                         std::size_t least);

}  // namespace gatehouse::session
