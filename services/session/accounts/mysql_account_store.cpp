#include "session/accounts/mysql_account_store.hpp"

#include "session/accounts/mysql_schema.hpp"
#include "session/accounts/sql_account_store.hpp"

namespace gatehouse::session {
namespace {

// Unix milliseconds of a UTC time, by arithmetic that no time zone touches.
#define GATEHOUSE_MS(time) "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " time ") DIV 1000"
#define GATEHOUSE_NOW "UTC_TIMESTAMP(6)"
#define GATEHOUSE_AGO GATEHOUSE_NOW " - INTERVAL (? * 1000) MICROSECOND"
#define GATEHOUSE_ACCOUNT                                                                          \
    "SELECT user_id, full_name, email, role, status, session_epoch, password_hash, " GATEHOUSE_MS( \
        "created_at") ", " GATEHOUSE_MS("last_login_at") " FROM users "
#define GATEHOUSE_RAISED \
    "session_epoch = GREATEST(session_epoch + 1, " GATEHOUSE_MS(GATEHOUSE_NOW) "), " \
    "updated_at = " GATEHOUSE_NOW " "

AccountSql mysql_statements() {
    return {
        .lock_slot = "SELECT slot FROM throttle_slots WHERE slot = ? FOR UPDATE",
        .newest_attempts = "SELECT state, TIMESTAMPDIFF(MICROSECOND, attempted_at, " GATEHOUSE_NOW ") DIV 1000"
                           " FROM login_attempts WHERE email_key = UNHEX(?) ORDER BY attempt_id DESC LIMIT ?",
        .account_by_key = GATEHOUSE_ACCOUNT "WHERE email_key = UNHEX(?)",
        .unkeyed_accounts = "SELECT user_id, email FROM users WHERE email_key IS NULL AND user_id > ?"
                            " ORDER BY user_id LIMIT ?",
        .key_account = "UPDATE IGNORE users SET email_key = UNHEX(?) WHERE user_id = ? AND email_key IS NULL",
        .insert_attempt = "INSERT INTO login_attempts (email_key, user_id, ip_address, user_agent, client_class, state,"
                          " attempted_at) VALUES (UNHEX(?), ?, ?, ?, ?, 'pending', " GATEHOUSE_NOW ")",
        .finish_attempt = "UPDATE login_attempts SET state = ? WHERE attempt_id = ? AND state = 'pending'",
        .note_login = "UPDATE users SET last_login_at = " GATEHOUSE_NOW " WHERE user_id ="
                      " (SELECT user_id FROM login_attempts WHERE attempt_id = ?)",
        .withdraw_attempt = "DELETE FROM login_attempts WHERE attempt_id = ? AND state = 'pending'",
        .rehash = "UPDATE users SET password_hash = ?, updated_at = " GATEHOUSE_NOW
                  " WHERE user_id = ? AND password_hash = ?",
        .hash_prefixes = "SELECT SUBSTR(password_hash, 1, 7) AS prefix, COUNT(*) FROM"
                         " (SELECT password_hash FROM users ORDER BY user_id DESC LIMIT 200000) AS newest GROUP BY prefix",
        .insert_account = "INSERT INTO users (email, email_key, full_name, role, status, password_hash)"
                          " VALUES (?, UNHEX(?), ?, ?, ?, ?)",
        .account_by_id = GATEHOUSE_ACCOUNT "WHERE user_id = ?",
        .accounts_after = GATEHOUSE_ACCOUNT "WHERE user_id > ? ORDER BY user_id LIMIT ?",
        .update_account = "UPDATE users SET full_name = COALESCE(?, full_name), role = COALESCE(?, role),"
                          " email = COALESCE(?, email), email_key = COALESCE(UNHEX(?), email_key),"
                          " updated_at = " GATEHOUSE_NOW " WHERE user_id = ?",
        .set_password = "UPDATE users SET password_hash = ?, " GATEHOUSE_RAISED "WHERE user_id = ?",
        .disable = "UPDATE users SET status = 'disabled', " GATEHOUSE_RAISED "WHERE user_id = ?",
        .enable = "UPDATE users SET status = 'active', updated_at = " GATEHOUSE_NOW " WHERE user_id = ?",
        .raise_epoch = "UPDATE users SET " GATEHOUSE_RAISED "WHERE user_id = ?",
        .epoch = "SELECT session_epoch FROM users WHERE user_id = ?",
        .bury_account = "REPLACE INTO deleted_users (user_id, session_epoch)"
                        " SELECT user_id, session_epoch FROM users WHERE user_id = ?",
        .delete_account = "DELETE FROM users WHERE user_id = ?",
        .buried_epoch = "SELECT session_epoch FROM deleted_users WHERE user_id = ?",
        .locked_keys = "SELECT email_key, COUNT(*) FROM login_attempts AS a"
                       " WHERE attempted_at > " GATEHOUSE_AGO " AND state <> 'success' AND NOT EXISTS ("
                       "  SELECT 1 FROM login_attempts AS later WHERE later.email_key = a.email_key"
                       "  AND later.attempt_id > a.attempt_id AND later.state = 'success'"
                       "  AND later.attempted_at > " GATEHOUSE_AGO ")"
                       " GROUP BY email_key HAVING COUNT(*) >= ? ORDER BY MAX(attempt_id) DESC LIMIT ?",
        // The inner SELECT in a table of its own: MySQL does not read the table that it deletes from (1093).
        .forget_counted = "DELETE FROM login_attempts WHERE email_key = UNHEX(?) AND state <> 'success' AND"
                          " attempted_at > " GATEHOUSE_AGO " AND attempt_id >"
                          " COALESCE((SELECT newest FROM (SELECT MAX(attempt_id) AS newest FROM login_attempts"
                          " WHERE email_key = UNHEX(?) AND state = 'success') AS last_success), 0)",
        .epochs_since = "SELECT user_id, session_epoch FROM users WHERE session_epoch >= " GATEHOUSE_MS(GATEHOUSE_NOW)
                        " - ? UNION ALL SELECT user_id, session_epoch FROM deleted_users WHERE session_epoch >= "
                        GATEHOUSE_MS(GATEHOUSE_NOW) " - ?",
        .forget_attempts = "DELETE FROM login_attempts WHERE attempted_at < " GATEHOUSE_AGO
                           " ORDER BY attempted_at LIMIT ?",
        .forget_deleted = "DELETE FROM deleted_users WHERE session_epoch < " GATEHOUSE_MS(GATEHOUSE_NOW)
                          " - ? ORDER BY session_epoch LIMIT ?",
        .ping = "SELECT 1",
    };
}

#undef GATEHOUSE_MS
#undef GATEHOUSE_NOW
#undef GATEHOUSE_AGO
#undef GATEHOUSE_ACCOUNT
#undef GATEHOUSE_RAISED

class MysqlAccountStore final : public SqlAccountStore<mysql::Pool> {
public:
    explicit MysqlAccountStore(MysqlOptions options)
        : SqlAccountStore(mysql_statements(), std::move(options.pool)), schema_(std::move(options.schema)) {}

    Result<std::vector<MigrationStep>> plan() override { return plan_mysql(pool(), schema_); }
    Result<void> migrate() override { return migrate_mysql(pool(), schema_); }

private:
    const SchemaOptions schema_;
};

}  // namespace

std::unique_ptr<AccountStore> make_mysql_account_store(MysqlOptions options) {
    return std::make_unique<MysqlAccountStore>(std::move(options));
}

}  // namespace gatehouse::session
