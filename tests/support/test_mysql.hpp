// The MySQL server of tests that run on any: the one that GATEHOUSE_TEST_MYSQL_HOST, _PORT, _USER, _PASSWORD and _TLS
// name (tests/mysql9 does), or a private MariaDB. A test that kills its server names MariadbServer, in a file that
// tests/mysql9 does not run.
#pragma once

#include <map>
#include <string>

#include "mysql/connection.hpp"
#include "support/mariadb_server.hpp"

namespace gatehouse::test {

// A server is named by the environment.
[[nodiscard]] bool mysql_is_named();

// For tests that leave it as it is: started at first use, one for the process.
[[nodiscard]] MariadbServer& shared_mariadb();

// An empty database of a test's own.
class TestDatabase {
public:
    TestDatabase();                             // on the named server, else on the shared MariaDB; dropped when it goes
    explicit TestDatabase(MariadbServer& own);  // on a server that goes with the test
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    // To reach it, with timeouts for a busy machine.
    [[nodiscard]] mysql::Options options() const;
    // The DB_… of a session service that uses it.
    [[nodiscard]] std::map<std::string, std::string> variables() const;

private:
    [[nodiscard]] mysql::Options server() const;

    MariadbServer* mariadb_;  // null: the named server
    std::string name_;
    bool drop_;
};

}  // namespace gatehouse::test
