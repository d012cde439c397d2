#include "proto/email.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::proto {
namespace {

constexpr std::size_t kLeastBytes = 3;
constexpr std::size_t kMostBytes = 254;
constexpr std::size_t kMostLocalBytes = 64;

bool is_blank_or_control(char c) noexcept { return (c >= 0 && c <= ' ') || c == 127; }

}  // namespace

std::optional<std::string> canonical_email(std::string_view email) {
    email = trim(email);
    if (email.size() < kLeastBytes || email.size() > kMostBytes) return std::nullopt;
    const auto at = email.rfind('@');
    if (at > kMostLocalBytes) return std::nullopt;  // npos, too
    if (std::ranges::any_of(email, is_blank_or_control)) return std::nullopt;

    std::string canonical(email);
    std::ranges::transform(canonical, canonical.begin(), [](char c) { return lower(c); });
    return canonical;
}

}  // namespace gatehouse::proto
