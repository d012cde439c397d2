// The databases of tests/flask, and what the Flask backend on each of them sends to the server.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mysql/connection.hpp"

namespace gatehouse::test {

struct FlaskSchema {
    std::string file;
    std::string id;
    std::string name;
    std::string hash;
    std::string status;                // the column
    std::string disabled;              // what Gatehouse writes there to disable
    std::string insert;                // an account of this name, address and bcrypt hash
    std::vector<std::string> lines{};  // of `db plan`
};

inline const std::vector<FlaskSchema>& flask_schemas() {
    static const std::vector<FlaskSchema> all = {
        {"status",
         "user_id",
         "full_name",
         "password_hash",
         "status",
         "inactive",
         "INSERT INTO users (full_name, email, password_hash, role) VALUES ('{0}', '{1}', '{2}', 'student')",
         {"status is users.status (enum('active','inactive','suspended'))", "gh_login_attempts", "3 accounts"}},
        {"is_active",
         "id",
         "name",
         "password",
         "is_active",
         "0",
         "INSERT INTO users VALUES (NULL, '{0}', '{1}', '{2}', 'student', 1, NOW())",
         {"user_id is users.id (int", "full_name is users.name (varchar(80))",
          "password_hash is users.password (varchar(60))", "status is users.is_active (tinyint(1))"}},
        {"nonstrict",
         "id",
         "full_name",
         "hashed_password",
         "status",
         "0",
         "INSERT INTO users (username, full_name, email, hashed_password) VALUES ('{0}', '{0}', '{1}', '{2}')",
         {"password_hash is users.hashed_password (char(60))", "users.username has no default",
          "users.last_login_at is int", "1 of them have a hash that is neither", "1 of them have no address"}}};
    return all;
}

// Runs tests/flask/`name`.sql as its owner would, on a connection of his own.
inline void load_flask(mysql::Options options, const std::string& name) {
    const std::string path = std::string(GATEHOUSE_SOURCE_DIR) + "/tests/flask/" + name + ".sql";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    mysql::Connection connection(options);
    std::string statement;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("--")) continue;
        statement += line + "\n";
        if (!line.ends_with(";")) continue;
        connection.run(statement);
        statement.clear();
    }
}

}  // namespace gatehouse::test
