// A deployment's database as somebody with SQL at hand sees it, behind the services' back.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "mysql/connection.hpp"
#include "sqlite/connection.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {

class Database {
public:
    explicit Database(const Variables& service) {
        if (!service.contains("DB_HOST")) {
            sqlite_.emplace(service.at("DATA_DIR") + "/gatehouse.sqlite3", sqlite::Connection::Access::write,
                            std::chrono::seconds(10), system_clock());
            return;
        }
        mysql::Options options;
        options.host = service.at("DB_HOST");
        if (service.contains("DB_SOCKET")) options.unix_socket = service.at("DB_SOCKET");
        if (service.contains("DB_PORT")) options.port = static_cast<std::uint16_t>(std::stoi(service.at("DB_PORT")));
        options.user = service.at("DB_USER");
        options.password = Secret(std::string_view(service.at("DB_PASSWORD")));
        options.database = service.at("DB_NAME");
        mysql_.emplace(options);
    }

    void run(const std::string& sql) { sqlite_ ? sqlite_->run(sql) : mysql_->run(sql); }
    // The first column of the first row as text; "(none)" if there is no row.
    std::string text(const std::string& sql) {
        const auto first = [](auto rows) { return rows.next() ? rows.text(0) : std::string("(none)"); };
        return sqlite_ ? first(sqlite_->query(sql)) : first(mysql_->query(sql));
    }
    // Makes every attempt that much older.
    void age_attempts(std::chrono::seconds by) {
        run(sqlite_ ? "UPDATE login_attempts SET attempted_at = attempted_at - " + std::to_string(by.count() * 1000)
                    : "UPDATE login_attempts SET attempted_at = attempted_at - INTERVAL " + std::to_string(by.count()) +
                          " SECOND");
    }

private:
    std::optional<sqlite::Connection> sqlite_;
    std::optional<mysql::Connection> mysql_;
};

}  // namespace gatehouse::test
