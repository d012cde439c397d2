#include "session/accounts/users_check.hpp"

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crypto/password.hpp"
#include "proto/email.hpp"
#include "session/accounts/email_key.hpp"

namespace gatehouse::session {
namespace {

constexpr std::int64_t kPage = 1000;
constexpr std::size_t kPairsNamed = 20;

struct KeyHash {
    // The key is a hash already.
    std::size_t operator()(const EmailKey& key) const noexcept {
        std::size_t hash = 0;
        for (std::size_t i = 0; i < sizeof(hash); ++i) hash = hash << 8 | key[i];
        return hash;
    }
};

struct Rows {
    std::int64_t all = 0;
    std::int64_t without_address = 0;  // that anybody could sign in with
    std::int64_t without_hash = 0;     // that Gatehouse verifies
    std::vector<std::pair<std::int64_t, std::int64_t>> same;
    std::size_t same_count = 0;
    std::unordered_map<EmailKey, std::int64_t, KeyHash> by_key;

    void see(std::int64_t id, const std::string& email, const std::string& hash) {
        ++all;
        if (crypto::inspect_hash(hash).kind == crypto::HashKind::unknown) ++without_hash;
        const auto canonical = proto::canonical_email(email);
        if (!canonical) return void(++without_address);
        const auto [holder, is_new] = by_key.try_emplace(email_key(*canonical), id);
        if (is_new) return;
        ++same_count;
        if (same.size() < kPairsNamed) same.emplace_back(holder->second, id);
    }
};

Rows read_all(mysql::Connection& db, const UserTable& table) {
    Rows seen;
    const auto page = fmt::format("SELECT {0}, {1}, {2} FROM users WHERE {0} > ? ORDER BY {0} LIMIT ?", table.id,
                                  table.email, table.hash);
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (std::int64_t count = kPage; count == kPage;) {
        count = 0;
        auto rows = db.query(page, {last, kPage});
        for (; rows.next(); ++count) {
            last = rows.integer(0);
            seen.see(last, rows.text(1), rows.text(2));
        }
    }
    return seen;
}

}  // namespace

Result<std::vector<std::string>> check_users(mysql::Connection& db, const UserTable& table) {
    const Rows seen = read_all(db, table);
    if (seen.same_count > 0) {
        std::string pairs;
        for (const auto& [first, second] : seen.same) {
            pairs += fmt::format("{}{} and {}", pairs.empty() ? "" : ", ", first, second);
        }
        return fail(Errc::invalid_input,
                    fmt::format("the users table cannot be adopted, and nothing was changed. {} of its rows have the "
                                "address of another row, but for blanks and capitals; by {}: {}{}. See them: SELECT "
                                "{}, {} FROM users WHERE {} IN ({}, {}); change or delete one of each pair",
                                seen.same_count, table.id, pairs, seen.same_count > seen.same.size() ? ", …" : "",
                                table.id, table.email, table.id, seen.same.front().first, seen.same.front().second));
    }
    std::vector<std::string> lines{fmt::format("{} accounts", seen.all)};
    if (seen.without_address > 0) {
        lines.push_back(
            fmt::format("{} of them have no address that anybody could sign in with", seen.without_address));
    }
    if (seen.without_hash > 0) {
        lines.push_back(fmt::format(
            "{} of them have a hash that is neither bcrypt nor argon2id: they need a new password", seen.without_hash));
    }
    return lines;
}

}  // namespace gatehouse::session
