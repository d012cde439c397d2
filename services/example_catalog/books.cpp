#include "example_catalog/books.hpp"

#include "mysql/settings.hpp"
#include "proto/app_env.hpp"

namespace gatehouse::example_catalog {
namespace {

// Both databases understand these.
constexpr const char* kBooks =
    "SELECT book_id, title, author, available_copies FROM books ORDER BY title, book_id LIMIT 50";
constexpr const char* kNote = "INSERT INTO view_log (user_id, book_id) VALUES (?, ?)";

template <class Pool>
Result<std::vector<Book>> show(Pool& pool, std::int64_t user_id) {
    return pool.write([&](typename Pool::Connection& db) -> Result<std::vector<Book>> {
        std::vector<Book> books;
        auto rows = db.query(kBooks);
        while (rows.next()) books.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.integer(3)});
        for (const Book& book : books) db.execute(kNote, {user_id, book.id});
        return books;
    });
}

}  // namespace

Books::Books(Settings& settings) {
    if (proto::read_user_store(settings) == proto::UserStoreKind::mysql) {
        mysql::PoolOptions options;
        options.server = mysql::read_options(settings);
        options.connections = kConnections;
        pool_ = std::make_unique<mysql::Pool>(std::move(options));
    } else {
        sqlite::PoolOptions options;
        options.path = settings.text("DATA_DIR", "./data") + "/gatehouse.sqlite3";
        pool_ = std::make_unique<sqlite::Pool>(std::move(options));
    }
}

Result<std::vector<Book>> Books::show_to(std::int64_t user_id) {
    return std::visit([&](auto& pool) { return show(*pool, user_id); }, pool_);
}

}  // namespace gatehouse::example_catalog
