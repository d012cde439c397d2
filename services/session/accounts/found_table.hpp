// A table as a MySQL or MariaDB server describes it. Plain data: what is decided about it needs no server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mysql/connection.hpp"

namespace gatehouse::session {

struct FoundColumn {
    std::string name;       // in the case in which it was created
    std::string type;       // "varchar"
    std::string full_type;  // "varchar(60)", "enum('active','banned')"
    std::int64_t characters = 0;
    bool nullable = false;
    bool has_default = false;
    bool generated_id = false;  // AUTO_INCREMENT
    bool invisible = false;     // not in SELECT *, nor needed by an INSERT without a list of columns
};

struct FoundIndex {
    std::string name;
    bool unique = false;
    std::vector<std::string> columns;  // in lower case
};

struct FoundTable {
    std::string engine;  // empty: a view
    std::string create;  // SHOW CREATE TABLE
    std::vector<FoundColumn> columns;
    std::vector<FoundIndex> indexes;

    // Null if there is none of that name, in any case of letters; borrowed.
    [[nodiscard]] const FoundColumn* column(std::string_view name) const noexcept;
    // An index on just that column.
    [[nodiscard]] bool indexed(std::string_view name) const noexcept;
    [[nodiscard]] bool unique(std::string_view name) const noexcept;
    // "id (int(11)), email (varchar(255))"
    [[nodiscard]] std::string shape() const;
};

// Empty if the database has no such table. `table` is a name from the source. Throws mysql::Failure.
[[nodiscard]] std::optional<FoundTable> find_table(mysql::Connection& db, std::string_view table);

}  // namespace gatehouse::session
