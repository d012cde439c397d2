#include "session/accounts/password_policy.hpp"

#include <algorithm>
#include <string>

#include "base/secret.hpp"
#include "session/accounts/common_passwords.hpp"

namespace gatehouse::session {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Secret lower_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return Secret(std::move(out));
}

std::string_view without_blanks(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::size_t count_code_points(std::string_view utf8) noexcept {
    auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; };
    return static_cast<std::size_t>(std::ranges::count_if(utf8, begins));
}

std::optional<std::string_view> refuse_password(std::string_view password, std::string_view email) {
    if (password.size() > kPasswordMostBytes) return "The password is longer than 1024 bytes.";
    if (password.find('\0') != password.npos) return "The password holds a NUL character.";
    if (count_code_points(password) < kPasswordLeastCodePoints) return "The password needs at least 8 characters.";
    const Secret plain = lower_case(password);
    const Secret address = lower_case(without_blanks(email));
    if (plain.view() == address.view() || plain.view() == address.view().substr(0, address.view().rfind('@'))) {
        return "The password must not be the e-mail address or the part before its @.";
    }
    if (is_common_password(plain.view())) return "The password is one of the most common ones.";
    return std::nullopt;
}

}  // namespace gatehouse::session
