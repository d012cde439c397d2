// Gatehouse's own tables on MySQL and MariaDB. Every statement may be run again.
#pragma once

#include <string>
#include <vector>

namespace gatehouse::session {

[[nodiscard]] std::string create_ledger();  // schema_migrations
[[nodiscard]] std::vector<std::string> create_users();
[[nodiscard]] std::string create_deleted_users();
// With the throttle's slots; `table` is the attempts' name.
[[nodiscard]] std::vector<std::string> create_attempts(const std::string& table);
[[nodiscard]] std::vector<std::string> create_library();

}  // namespace gatehouse::session
