#include "session/accounts/status_column.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::session {
namespace {

// The spellings that an enum may have; written as they are here.
constexpr std::string_view kActive[] = {"active", "Active", "ACTIVE", "1", "true", "True", "TRUE"};
constexpr std::string_view kDisabled[] = {"disabled", "Disabled",  "DISABLED",  "inactive",  "Inactive",
                                          "INACTIVE", "suspended", "Suspended", "SUSPENDED", "0"};

bool is_number(const FoundColumn& column) noexcept {
    constexpr std::string_view types[] = {"tinyint", "smallint", "mediumint", "int", "bigint", "bit"};
    return std::ranges::find(types, column.type) != std::end(types);
}

// The members of enum('a','it''s').
std::vector<std::string> members(std::string_view type) {
    std::vector<std::string> all;
    bool inside = false;
    for (std::size_t i = 0; i < type.size(); ++i) {
        if (type[i] != '\'') {
            if (inside) all.back() += type[i];
        } else if (inside && i + 1 < type.size() && type[i + 1] == '\'') {
            all.back() += type[i++];
        } else {
            inside = !inside;
            if (inside) all.emplace_back();
        }
    }
    return all;
}

// The first of `words` that the column's type admits, as an SQL literal.
std::optional<std::string> first_admitted(const FoundColumn& column, std::span<const std::string_view> words) {
    const auto known = members(column.type == "enum" ? column.full_type : "");
    for (const auto word : words) {
        const bool digit = word == "0" || word == "1";
        if (is_number(column)) {
            if (digit) return std::string(word);
        } else if (column.type == "enum") {
            if (std::ranges::find(known, word) != known.end()) return fmt::format("'{}'", word);
        } else if (std::ssize(word) <= column.characters) {
            return fmt::format("'{}'", word);
        }
    }
    return std::nullopt;
}

std::string read_as_text(std::string_view name, const FoundColumn& column) {
    if (column.type == "bit") return fmt::format("CAST({} + 0 AS CHAR)", name);
    return is_number(column) ? fmt::format("CAST({} AS CHAR)", name) : std::string(name);
}

struct One {
    std::string read;
    std::string active;
    std::string disabled;
};

Result<One> map_one(std::string_view name, const FoundColumn& column) {
    constexpr std::string_view texts[] = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"};
    const bool text = std::ranges::find(texts, column.type) != std::end(texts);
    if (!is_number(column) && !text) {
        return fail(Errc::invalid_input,
                    fmt::format("{} is {}: neither text, an enum nor a whole number: ALTER TABLE users MODIFY COLUMN "
                                "{} VARCHAR(32) NOT NULL DEFAULT 'active'",
                                name, column.full_type, name));
    }
    const auto active = first_admitted(column, kActive);
    const auto disabled = first_admitted(column, kDisabled);
    if (active && disabled) return One{read_as_text(name, column), *active, *disabled};
    auto wider = column.full_type;
    if (column.type == "enum") wider.insert(wider.size() - 1, active ? ",'disabled'" : ",'active'");
    return fail(
        Errc::invalid_input,
        fmt::format("{} is {}, which admits {}: ALTER TABLE users MODIFY COLUMN {} {}{}", name, column.full_type,
                    active ? "none of disabled, inactive, suspended and 0, so that nobody could be disabled"
                           : "none of active, 1 and true, so that nobody could sign in",
                    name, column.type == "enum" ? wider : "VARCHAR(32)", column.nullable ? "" : " NOT NULL"));
}

}  // namespace

Result<StatusColumns> map_status_columns(const FoundTable& users) {
    StatusColumns made;
    for (const std::string_view name : {"status", "is_active"}) {
        const auto* column = users.column(name);
        if (!column) continue;
        auto one = map_one(name, *column);
        if (!one) return std::unexpected(std::move(one).error());
        made.found.push_back(fmt::format("status is users.{} ({}): active, 1 or true may sign in, disable writes {}",
                                         name, column->full_type, one->disabled));
        if (made.read.empty()) {
            made.read = one->read;
            made.activate = fmt::format("{} = {}", name, one->active);
            made.disable = fmt::format("{} = {}", name, one->disabled);
        } else {
            made.read = fmt::format("IF(LOWER({1}) IN ('active', '1', 'true'), {0}, CONCAT('{2}=', COALESCE({1}, '')))",
                                    made.read, one->read, name);
            made.activate += fmt::format(", {} = {}", name, one->active);
            made.disable += fmt::format(", {} = {}", name, one->disabled);
        }
    }
    if (!made.read.empty()) return made;
    return fail(Errc::invalid_input,
                "neither status nor is_active is there: ALTER TABLE users ADD COLUMN status VARCHAR(32) NOT NULL "
                "DEFAULT 'active'");
}

}  // namespace gatehouse::session
