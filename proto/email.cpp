#include "proto/email.hpp"

#include <algorithm>

namespace gatehouse::proto {
namespace {

constexpr std::size_t kLeastBytes = 3;
constexpr std::size_t kMostBytes = 254;
constexpr std::size_t kMostLocalBytes = 64;
constexpr std::string_view kBlanks = " \t\n\v\f\r";

bool is_blank_or_control(char c) noexcept { return (c >= 0 && c <= ' ') || c == 127; }

}  // namespace

std::optional<std::string> canonical_email(std::string_view email) {
    const auto first = email.find_first_not_of(kBlanks);
    if (first == email.npos) return std::nullopt;
    email = email.substr(first, email.find_last_not_of(kBlanks) - first + 1);
    if (email.size() < kLeastBytes || email.size() > kMostBytes) return std::nullopt;
    const auto at = email.rfind('@');
    if (at == email.npos || at > kMostLocalBytes) return std::nullopt;
    if (std::ranges::any_of(email, is_blank_or_control)) return std::nullopt;

    std::string canonical(email);
    for (char& c : canonical) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return canonical;
}

}  // namespace gatehouse::proto
