// What a password must be when it is set (never when somebody signs in): NIST SP 800-63B section 5.1.1.2, without
// composition rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gatehouse::session {

inline constexpr std::size_t kPasswordLeastCodePoints = 8;
inline constexpr std::size_t kPasswordMostBytes = 1024;

// Why `password` may not be set for the account of `email` (as it is stored or given): a sentence for people. Empty: it
// may. Rules: at least 8 code points, at most 1024 bytes, no NUL, not the address or its local part, none of the common
// passwords; the last two without regard to A-Z or a-z.
[[nodiscard]] std::optional<std::string_view> refuse_password(std::string_view password, std::string_view email);

// Code points of valid UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view utf8) noexcept;

}  // namespace gatehouse::session
