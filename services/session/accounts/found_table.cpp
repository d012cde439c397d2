#include "session/accounts/found_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::session {
namespace {

void read_columns(mysql::Connection& db, std::string_view table, FoundTable& found) {
    auto rows = db.query(
        "SELECT column_name, LOWER(data_type), column_type, COALESCE(character_maximum_length, 0),"
        " is_nullable = 'YES', column_default IS NOT NULL, LOWER(extra) FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position",
        {table});
    while (rows.next()) {
        const auto extra = rows.text(6);
        const auto has = [&](std::string_view word) { return extra.find(word) != std::string::npos; };
        found.columns.push_back({.name = rows.text(0),
                                 .type = rows.text(1),
                                 .full_type = rows.text(2),
                                 .characters = rows.integer(3),
                                 .nullable = rows.integer(4) == 1,
                                 .has_default = rows.integer(5) == 1 || has("default_generated"),
                                 .generated_id = has("auto_increment"),
                                 .invisible = has("invisible")});
    }
}

void read_indexes(mysql::Connection& db, std::string_view table, FoundTable& found) {
    auto rows = db.query(
        "SELECT index_name, non_unique = 0, COALESCE(LOWER(column_name), '') FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND table_name = ? ORDER BY index_name, seq_in_index",
        {table});
    while (rows.next()) {
        auto name = rows.text(0);
        if (found.indexes.empty() || found.indexes.back().name != name) {
            found.indexes.push_back({std::move(name), rows.integer(1) == 1, {}});
        }
        found.indexes.back().columns.push_back(rows.text(2));
    }
}

bool is_on_only(const FoundIndex& index, std::string_view column) noexcept {
    return index.columns.size() == 1 && equals_ignoring_case(index.columns.front(), column);
}

}  // namespace

const FoundColumn* FoundTable::column(std::string_view name) const noexcept {
    const auto at = std::ranges::find_if(columns, [&](const auto& it) { return equals_ignoring_case(it.name, name); });
    return at == columns.end() ? nullptr : &*at;
}

bool FoundTable::indexed(std::string_view name) const noexcept {
    return std::ranges::any_of(indexes, [&](const auto& index) { return is_on_only(index, name); });
}

bool FoundTable::unique(std::string_view name) const noexcept {
    return std::ranges::any_of(indexes, [&](const auto& index) { return index.unique && is_on_only(index, name); });
}

std::string FoundTable::shape() const {
    std::string text;
    for (const auto& column : columns) {
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", column.name, column.full_type);
    }
    return text;
}

std::optional<FoundTable> find_table(mysql::Connection& db, std::string_view table) {
    FoundTable found;
    {
        auto rows = db.query(
            "SELECT COALESCE(engine, '') FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_name = ?",
            {table});
        if (!rows.next()) return std::nullopt;
        found.engine = rows.text(0);
    }
    read_columns(db, table, found);
    read_indexes(db, table, found);
    if (found.engine.empty()) return found;
    auto rows = db.query(fmt::format("SHOW CREATE TABLE {}", table));
    if (rows.next()) found.create = rows.text(1);
    return found;
}

}  // namespace gatehouse::session
