#include "session/accounts/password_policy.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "proto/password_form.hpp"
#include "session/accounts/common_passwords.hpp"

namespace gatehouse::session {

namespace {

Secret lower_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
    return Secret(std::move(out));
}

}  // namespace

std::optional<std::string> refuse_password(std::string_view password, std::string_view email, std::size_t least) {
    least = std::max(least, proto::kPasswordLeastCodePoints);
    switch (proto::password_form(password, least)) {
        case proto::PasswordForm::too_long:
            return "The password is longer than 1024 bytes.";
        case proto::PasswordForm::too_short:
            return fmt::format("The password needs at least {} characters.", least);
        case proto::PasswordForm::ok:
            break;
    }
    if (password.find('\0') != password.npos) return "The password holds a NUL character.";
    const Secret plain = lower_case(password);
    const Secret address = lower_case(trim(email));
    if (plain.view() == address.view() || plain.view() == address.view().substr(0, address.view().rfind('@'))) {
        return "The password must not be the e-mail address or the part before its @.";
    }
    if (is_common_password(plain.view())) return "The password is one of the most common ones.";
    return std::nullopt;
}

}  // namespace gatehouse::session
