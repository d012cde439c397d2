// The databases that the account contract runs against. Each object is a fresh, empty database.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "session/accounts/account_store.hpp"
#include "session/accounts/sqlite_account_store.hpp"
#include "sqlite/connection.hpp"
#include "support/fake_clock.hpp"
#include "support/process.hpp"

namespace gatehouse::test {

class SqliteAccounts {
public:
    static constexpr const char* kUsersOfOthers =
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT)";

    // A further store on the same database; `connections` of its calls can run at once.
    [[nodiscard]] std::unique_ptr<session::AccountStore> open(session::SchemaOptions schema = {},
                                                              std::size_t connections = 8) {
        return session::make_sqlite_account_store(
            {.path = path(), .readers = connections, .clock = clock_, .schema = std::move(schema)});
    }

    // Lets time go by in the database.
    void pass(std::chrono::milliseconds time) { clock_.advance(time); }

    // Runs a statement behind the store's back, as a person with a shell would.
    void sql(const std::string& statement) { connect()->run(statement); }

    // The first column of all rows of a query, one a line.
    [[nodiscard]] std::string ask(const std::string& query) {
        auto connection = connect();
        auto rows = connection->query(query);
        std::string lines;
        while (rows.next()) lines += rows.text(0) + "\n";
        return lines;
    }

    // All that there is, to be compared.
    [[nodiscard]] std::string schema() {
        if (!std::filesystem::exists(path())) return {};
        return ask("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
    }

    [[nodiscard]] std::string path() const { return directory_ / "accounts.db"; }

private:
    std::unique_ptr<sqlite::Connection> connect() {
        return std::make_unique<sqlite::Connection>(path(), sqlite::Connection::Access::write,
                                                    std::chrono::milliseconds(1000), clock_);
    }

    TempDir directory_;
    FakeClock clock_;
};

}  // namespace gatehouse::test
