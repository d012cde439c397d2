#include "proto/password_form.hpp"

namespace gatehouse::proto {
namespace {

// Bytes that should follow a first byte of UTF-8; 0 for ASCII and for what begins no sequence.
std::size_t following(unsigned char first) noexcept {
    if (first >= 0xC2 && first <= 0xDF) return 1;
    if (first >= 0xE0 && first <= 0xEF) return 2;
    if (first >= 0xF0 && first <= 0xF4) return 3;
    return 0;
}

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

}  // namespace

std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        std::size_t left = following(static_cast<unsigned char>(text[at++]));
        for (; left > 0 && at < text.size() && continues(text[at]); --left) ++at;
    }
    return count;
}

PasswordForm password_form(std::string_view password, std::size_t least) noexcept {
    if (password.size() > kPasswordMostBytes) return PasswordForm::too_long;
    return count_code_points(password) < least ? PasswordForm::too_short : PasswordForm::ok;
}

}  // namespace gatehouse::proto
