#include "session/accounts/mysql_ddl.hpp"

#include <fmt/format.h>

namespace gatehouse::session {
namespace {

// Compared as bytes: a case-insensitive collation takes josé for jose, and one hash for another.
#define GATEHOUSE_TABLE ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
// All times are UTC, whatever the session's time zone.
#define GATEHOUSE_TIME "DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))"

// What creates users where there is none. Each statement may be run again.
constexpr const char* kUsers =
    "CREATE TABLE IF NOT EXISTS users ("
    " user_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " full_name VARCHAR(255) NOT NULL DEFAULT '',"
    " email VARCHAR(254) NOT NULL,"
    " email_key BINARY(32) NULL,"
    " password_hash VARCHAR(255) NOT NULL,"
    " role VARCHAR(64) NOT NULL DEFAULT 'user',"
    " status VARCHAR(32) NOT NULL DEFAULT 'active',"
    " session_epoch BIGINT NOT NULL DEFAULT 0,"
    " created_at " GATEHOUSE_TIME
    ","
    " updated_at " GATEHOUSE_TIME
    ","
    " last_login_at DATETIME(6) NULL,"
    " UNIQUE KEY users_email_key (email_key),"
    " KEY users_session_epoch (session_epoch)" GATEHOUSE_TABLE;

constexpr const char* kDeletedUsers =
    "CREATE TABLE IF NOT EXISTS deleted_users ("
    " user_id BIGINT NOT NULL PRIMARY KEY,"
    " session_epoch BIGINT NOT NULL,"
    " deleted_at " GATEHOUSE_TIME
    ","
    " KEY deleted_users_session_epoch (session_epoch)" GATEHOUSE_TABLE;

}  // namespace

std::vector<std::string> create_users() { return {kUsers, kDeletedUsers}; }
std::string create_deleted_users() { return kDeletedUsers; }

std::vector<std::string> create_attempts(const std::string& table) {
    return {fmt::format("CREATE TABLE IF NOT EXISTS {} ("
                        " attempt_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
                        " email_key BINARY(32) NOT NULL,"
                        " user_id BIGINT NULL,"
                        " ip_address VARCHAR(45) NOT NULL DEFAULT '',"
                        " user_agent VARCHAR(255) NOT NULL DEFAULT '',"
                        " state ENUM('pending', 'success', 'failed') NOT NULL,"
                        " client_class VARCHAR(32) NOT NULL DEFAULT '',"
                        " attempted_at " GATEHOUSE_TIME ","
                        " KEY login_attempts_email_key (email_key, attempt_id),"
                        " KEY login_attempts_attempted_at (attempted_at)" GATEHOUSE_TABLE,
                        table),
            "CREATE TABLE IF NOT EXISTS throttle_slots (slot SMALLINT NOT NULL PRIMARY KEY" GATEHOUSE_TABLE,
            "INSERT IGNORE INTO throttle_slots (slot) WITH RECURSIVE digit (n) AS"
            " (SELECT 0 UNION ALL SELECT n + 1 FROM digit WHERE n < 31)"
            " SELECT 32 * high.n + low.n FROM digit AS high CROSS JOIN digit AS low"};
}

std::vector<std::string> create_library() {
    return {
        "CREATE TABLE IF NOT EXISTS books ("
        " book_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL,"
        " author VARCHAR(255) NOT NULL DEFAULT '', isbn VARCHAR(20) NULL UNIQUE, category VARCHAR(100) NULL,"
        " total_copies INT NOT NULL DEFAULT 1, available_copies INT NOT NULL DEFAULT 1,"
        " created_at " GATEHOUSE_TIME GATEHOUSE_TABLE,
        "CREATE TABLE IF NOT EXISTS borrow_records ("
        " record_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, book_id BIGINT NOT NULL,"
        " borrowed_at " GATEHOUSE_TIME
        ", due_at DATETIME(6) NOT NULL, returned_at DATETIME(6) NULL,"
        " status VARCHAR(32) NOT NULL DEFAULT 'borrowed',"
        " KEY borrow_records_user_id (user_id), FOREIGN KEY (book_id) REFERENCES books (book_id)" GATEHOUSE_TABLE,
        "CREATE TABLE IF NOT EXISTS fines ("
        " fine_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, record_id BIGINT NULL,"
        " amount_cents INT NOT NULL, reason VARCHAR(255) NOT NULL DEFAULT '',"
        " status VARCHAR(32) NOT NULL DEFAULT 'unpaid', created_at " GATEHOUSE_TIME
        ", paid_at DATETIME(6) NULL,"
        " KEY fines_user_id (user_id), FOREIGN KEY (record_id) REFERENCES borrow_records (record_id)" GATEHOUSE_TABLE,
        "CREATE TABLE IF NOT EXISTS view_log ("
        " view_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL, book_id BIGINT NOT NULL,"
        " viewed_at " GATEHOUSE_TIME
        ","
        " KEY view_log_user_id (user_id), FOREIGN KEY (book_id) REFERENCES books (book_id)" GATEHOUSE_TABLE};
}

std::string create_ledger() {
    return "CREATE TABLE IF NOT EXISTS schema_migrations (version INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL,"
           " applied_at " GATEHOUSE_TIME GATEHOUSE_TABLE;
}

#undef GATEHOUSE_TABLE
#undef GATEHOUSE_TIME

}  // namespace gatehouse::session
