// The library's books, in the database that the session service made with SCHEMA_LIBRARY=on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "mysql/pool.hpp"
#include "sqlite/pool.hpp"

namespace gatehouse::example_catalog {

struct Book {
    std::int64_t id;
    std::string title;
    std::string author;
    std::int64_t available_copies;
};

class Books {
public:
    static constexpr std::size_t kConnections = 4;

    // In MySQL or in DATA_DIR's SQLite file, as the session service chooses.
    explicit Books(Settings& settings);

    // The first 50 by title, and a row in view_log for each: this user has seen it. Blocking, thread-safe.
    [[nodiscard]] Result<std::vector<Book>> show_to(std::int64_t user_id);

private:
    std::variant<std::unique_ptr<mysql::Pool>, std::unique_ptr<sqlite::Pool>> pool_;
};

}  // namespace gatehouse::example_catalog
