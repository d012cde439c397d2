#include "session/accounts/sqlite_account_store.hpp"

#include "session/accounts/sql_account_store.hpp"
#include "session/accounts/sqlite_schema.hpp"
#include "sqlite/pool.hpp"

namespace gatehouse::session {
namespace {

#define GATEHOUSE_COLUMNS \
    "user_id, full_name, email, role, status, session_epoch, password_hash, created_at, last_login_at"
#define GATEHOUSE_ACCOUNT "SELECT " GATEHOUSE_COLUMNS " FROM users "
#define GATEHOUSE_RAISED "session_epoch = MAX(session_epoch + 1, now_ms()), updated_at = now_ms() "
#define GATEHOUSE_INSERT                                                                                   \
    "INSERT INTO users (email, email_key, full_name, role, password_hash, status, created_at, updated_at)" \
    " VALUES (?, ?, ?, ?, ?, "

// now_ms() is SqliteOptions::clock.
AccountSql sqlite_statements() {
    return {
        .lock_slot = "",  // BEGIN IMMEDIATE: there is one writer
        .newest_attempts =
            "SELECT state, now_ms() - attempted_at FROM login_attempts WHERE email_key = ?"
            " ORDER BY attempt_id DESC LIMIT ?",
        .account_by_key = "SELECT " GATEHOUSE_COLUMNS
                          ", EXISTS (SELECT 1 FROM users WHERE email_key IS NULL)"
                          " FROM (SELECT 1) LEFT JOIN users ON email_key = ?",
        .unkeyed_accounts =
            "SELECT user_id, email FROM users WHERE email_key IS NULL AND user_id > ?"
            " ORDER BY user_id LIMIT ?",
        .key_account = "UPDATE OR IGNORE users SET email_key = ? WHERE user_id = ? AND email_key IS NULL",
        .insert_attempt =
            "INSERT INTO login_attempts (email_key, user_id, ip_address, user_agent, client_class, state,"
            " attempted_at) VALUES (?, ?, ?, ?, ?, 'pending', now_ms())",
        .finish_attempt = "UPDATE login_attempts SET state = ? WHERE attempt_id = ? AND state = 'pending'",
        .note_login =
            "UPDATE users SET last_login_at = now_ms() WHERE user_id ="
            " (SELECT user_id FROM login_attempts WHERE attempt_id = ?)",
        .finish_success = "",
        .withdraw_attempt = "DELETE FROM login_attempts WHERE attempt_id = ? AND state = 'pending'",
        .rehash = "UPDATE users SET password_hash = ?, updated_at = now_ms() WHERE user_id = ? AND password_hash = ?",
        .hash_prefixes =
            "SELECT CASE WHEN password_hash LIKE '$argon2id$%'"
            " THEN substr(password_hash, 1, instr(password_hash, ',p=') + 4)"
            " ELSE substr(password_hash, 1, 7) END, COUNT(*) FROM"
            " (SELECT password_hash FROM users ORDER BY user_id DESC LIMIT 200000)"
            " GROUP BY 1 ORDER BY 2 DESC LIMIT 64",
        .insert_account = GATEHOUSE_INSERT "'active', now_ms(), now_ms())",
        .insert_disabled = GATEHOUSE_INSERT "'disabled', now_ms(), now_ms())",
        .account_by_id = GATEHOUSE_ACCOUNT "WHERE user_id = ?",
        .accounts_after = GATEHOUSE_ACCOUNT "WHERE user_id > ? ORDER BY user_id LIMIT ?",
        .update_account =
            "UPDATE users SET full_name = COALESCE(?, full_name), role = COALESCE(?, role),"
            " email = COALESCE(?, email), email_key = COALESCE(?, email_key), updated_at = now_ms()"
            " WHERE user_id = ?",
        .set_password = "UPDATE users SET password_hash = ?, " GATEHOUSE_RAISED "WHERE user_id = ?",
        .disable = "UPDATE users SET status = 'disabled', " GATEHOUSE_RAISED "WHERE user_id = ?",
        .enable = "UPDATE users SET status = 'active', updated_at = now_ms() WHERE user_id = ?",
        .raise_epoch = "UPDATE users SET " GATEHOUSE_RAISED "WHERE user_id = ?",
        .epoch = "SELECT session_epoch FROM users WHERE user_id = ?",
        .bury_account =
            "INSERT OR REPLACE INTO deleted_users (user_id, session_epoch, deleted_at)"
            " SELECT user_id, session_epoch, now_ms() FROM users WHERE user_id = ?",
        .delete_account = "DELETE FROM users WHERE user_id = ?",
        .buried_epoch = "SELECT session_epoch FROM deleted_users WHERE user_id = ?",
        .locked_keys =
            "SELECT email_key, COUNT(*) FROM login_attempts AS a"
            " WHERE attempted_at > now_ms() - ? AND state <> 'success' AND NOT EXISTS ("
            "  SELECT 1 FROM login_attempts AS later WHERE later.email_key = a.email_key"
            "  AND later.attempt_id > a.attempt_id AND later.state = 'success'"
            "  AND later.attempted_at > now_ms() - ?)"
            " GROUP BY email_key HAVING COUNT(*) >= ? ORDER BY MAX(attempt_id) DESC LIMIT ?",
        .forget_counted =
            "DELETE FROM login_attempts WHERE email_key = ? AND state <> 'success' AND"
            " attempted_at > now_ms() - ? AND attempt_id >"
            " COALESCE((SELECT MAX(attempt_id) FROM login_attempts WHERE email_key = ? AND"
            " state = 'success'), 0)",
        .epochs_since =
            "SELECT user_id, session_epoch FROM users WHERE session_epoch >= now_ms() - ?"
            " UNION ALL SELECT user_id, session_epoch FROM deleted_users WHERE session_epoch >= now_ms() - ?"
            " ORDER BY session_epoch DESC",
        .forget_attempts =
            "DELETE FROM login_attempts WHERE attempt_id IN (SELECT attempt_id FROM login_attempts"
            " WHERE attempted_at < now_ms() - ? ORDER BY attempted_at LIMIT ?)",
        .forget_deleted =
            "DELETE FROM deleted_users WHERE user_id IN (SELECT user_id FROM deleted_users"
            " WHERE session_epoch < now_ms() - ? ORDER BY session_epoch LIMIT ?)",
        .ping = "SELECT COUNT(*) FROM sqlite_schema",
    };
}

#undef GATEHOUSE_ACCOUNT
#undef GATEHOUSE_COLUMNS
#undef GATEHOUSE_RAISED
#undef GATEHOUSE_INSERT

class SqliteAccountStore final : public SqlAccountStore<sqlite::Pool> {
public:
    explicit SqliteAccountStore(SqliteOptions options)
        : SqlAccountStore(
              sqlite_statements(),
              sqlite::PoolOptions{.path = options.path, .readers = options.readers, .clock = options.clock}),
          schema_(std::move(options.schema)) {}

    Result<std::vector<MigrationStep>> plan(ReadRows) override { return plan_sqlite(pool(), schema_); }
    Result<void> migrate() override { return migrate_sqlite(pool(), schema_); }

private:
    const SchemaOptions schema_;
};

}  // namespace

std::unique_ptr<AccountStore> make_sqlite_account_store(SqliteOptions options) {
    return std::make_unique<SqliteAccountStore>(std::move(options));
}

}  // namespace gatehouse::session
