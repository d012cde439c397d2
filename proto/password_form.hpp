// What a password must look like to be verified at all. Both services check it, before anything is counted or hashed;
// the policy for passwords that are set is stricter and the session service's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::proto {

inline constexpr std::size_t kPasswordMostBytes = 1024;
inline constexpr std::size_t kPasswordLeastCodePoints = 8;  // the default of LOGIN_PASSWORD_MIN

enum class PasswordForm : std::uint8_t { ok, too_short, too_long };

// Code points of `text`; a byte that is no part of well-begun UTF-8 counts as one, because passwords are bytes as sent.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

// `least`: code points (LOGIN_PASSWORD_MIN).
[[nodiscard]] PasswordForm password_form(std::string_view password, std::size_t least) noexcept;

}  // namespace gatehouse::proto
