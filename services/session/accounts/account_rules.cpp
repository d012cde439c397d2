#include "session/accounts/account_rules.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::session {
namespace {

constexpr std::size_t kNameCharacters = 255;
constexpr std::size_t kRoleCharacters = 64;
constexpr std::size_t kEmailBytes = 254;
constexpr std::size_t kHashBytes = 255;

// Length of the UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 if there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
        return byte(i) >= least && byte(i) <= most;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return text.empty() ? 0 : 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

Result<void> check_text(std::string_view field, std::string_view text, std::size_t characters, bool may_be_empty) {
    if (text.empty() && !may_be_empty) return fail(Errc::invalid_input, fmt::format("{} is empty", field));
    std::size_t count = 0;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return fail(Errc::invalid_input, fmt::format("{} is not UTF-8", field));
        if (++count > characters) {
            return fail(Errc::invalid_input, fmt::format("{} is longer than {} characters", field, characters));
        }
        text.remove_prefix(length);
    }
    return {};
}

Result<void> check_email(std::string_view email) {
    if (email.size() > kEmailBytes)
        return fail(Errc::invalid_input, fmt::format("email is longer than {} bytes", kEmailBytes));
    return check_text("email", email, kEmailBytes, false);
}

}  // namespace

bool may_sign_in(std::string_view status) noexcept {
    return equals_ignoring_case(status, "active") || status == "1" || equals_ignoring_case(status, "true");
}

std::string printable(std::string_view text, std::size_t most) {
    std::string clean(text.substr(0, most));
    std::ranges::replace_if(clean, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return clean;
}

Result<void> check(const NewAccount& account) {
    if (auto email = check_email(account.email); !email) return email;
    if (auto name = check_text("full_name", account.full_name, kNameCharacters, true); !name) return name;
    if (auto role = check_text("role", account.role, kRoleCharacters, false); !role) return role;
    return check_password_hash(account.password_hash);
}

Result<void> check(const AccountChange& change) {
    if (change.email.has_value() != change.email_key.has_value()) {
        return fail(Errc::invalid_input, "email and email_key change together");
    }
    if (change.email) {
        if (auto email = check_email(*change.email); !email) return email;
    }
    if (change.full_name) {
        if (auto name = check_text("full_name", *change.full_name, kNameCharacters, true); !name) return name;
    }
    return change.role ? check_text("role", *change.role, kRoleCharacters, false) : Result<void>();
}

Result<void> check_password_hash(std::string_view hash) {
    if (hash.size() > kHashBytes) return fail(Errc::invalid_input, "the password hash is longer than its column");
    return check_text("password_hash", hash, kHashBytes, false);
}

void add_hashes(HashMix& mix, std::string_view prefix, std::int64_t count) {
    if (const auto argon2id = crypto::argon2id_cost(prefix)) mix.argon2id_by_cost.emplace_back(*argon2id, count);
    if (prefix.size() < 6 || !prefix.starts_with("$2") || prefix[3] != '$') return;
    int cost = 0;
    const auto read = std::from_chars(prefix.data() + 4, prefix.data() + 6, cost);
    if (read.ec != std::errc() || read.ptr != prefix.data() + 6) return;
    auto same = std::ranges::find(mix.bcrypt_by_cost, cost, &std::pair<int, std::int64_t>::first);
    if (same == mix.bcrypt_by_cost.end()) {
        mix.bcrypt_by_cost.emplace_back(cost, count);
    } else {
        same->second += count;
    }
    std::ranges::sort(mix.bcrypt_by_cost);
}

}  // namespace gatehouse::session
