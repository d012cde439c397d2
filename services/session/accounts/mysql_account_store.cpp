#include "session/accounts/mysql_account_store.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "session/accounts/mysql_schema.hpp"
#include "session/accounts/sql_account_store.hpp"
#include "session/accounts/user_table.hpp"

namespace gatehouse::session {
namespace {

// Unix milliseconds of a UTC time, by arithmetic that no time zone touches.
#define GATEHOUSE_MS(time) "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " time ") DIV 1000"
#define GATEHOUSE_NOW "UTC_TIMESTAMP(6)"
#define GATEHOUSE_AGO GATEHOUSE_NOW " - INTERVAL (? * 1000) MICROSECOND"
#define GATEHOUSE_COLUMNS                                                                                           \
    "{id}, {name}, {email}, {role}, {status}, session_epoch, {hash}, " GATEHOUSE_MS("{created}") ", " GATEHOUSE_MS( \
        "{last_login}")
#define GATEHOUSE_ACCOUNT "SELECT " GATEHOUSE_COLUMNS " FROM users "
#define GATEHOUSE_RAISED \
    "session_epoch = GREATEST(session_epoch + 1, " GATEHOUSE_MS(GATEHOUSE_NOW) "), " \
    "{updated} = " GATEHOUSE_NOW " "
#define GATEHOUSE_INSERT                                                                            \
    "INSERT INTO users SET {email} = ?, email_key = UNHEX(?), {name} = ?, {role} = ?, {hash} = ?, " \
    "{created} = " GATEHOUSE_NOW ", {updated} = " GATEHOUSE_NOW ", "

// With the names of `table` in them; in our own tables and columns the names are always ours.
AccountSql mysql_statements(const UserTable& table) {
    const auto sql = [&](std::string_view text) {
        return fmt::format(fmt::runtime(text), fmt::arg("id", table.id), fmt::arg("email", table.email),
                           fmt::arg("hash", table.hash), fmt::arg("name", table.name), fmt::arg("role", table.role),
                           fmt::arg("status", table.status), fmt::arg("activate", table.activate),
                           fmt::arg("disable", table.disable), fmt::arg("created", table.created),
                           fmt::arg("updated", table.updated), fmt::arg("last_login", table.last_login),
                           fmt::arg("attempts", table.attempts));
    };
    return {
        .lock_slot = sql("SELECT slot FROM throttle_slots WHERE slot = ? FOR UPDATE"),
        .newest_attempts = sql("SELECT state, TIMESTAMPDIFF(MICROSECOND, attempted_at, " GATEHOUSE_NOW ") DIV 1000"
                               " FROM {attempts} WHERE email_key = UNHEX(?) ORDER BY attempt_id DESC LIMIT ?"),
        .account_by_key = sql("SELECT " GATEHOUSE_COLUMNS ", EXISTS (SELECT 1 FROM users WHERE email_key IS NULL)"
                              " FROM (SELECT 1) AS one LEFT JOIN users ON email_key = UNHEX(?)"),
        .unkeyed_accounts = sql("SELECT {id}, {email} FROM users WHERE email_key IS NULL AND {id} > ?"
                                " ORDER BY {id} LIMIT ?"),
        // {updated} stays: another program's table may have it ON UPDATE CURRENT_TIMESTAMP.
        .key_account = sql("UPDATE IGNORE users SET email_key = UNHEX(?), {updated} = {updated}"
                           " WHERE {id} = ? AND email_key IS NULL"),
        .insert_attempt = sql("INSERT INTO {attempts} (email_key, user_id, ip_address, user_agent, client_class, state,"
                              " attempted_at) VALUES (UNHEX(?), ?, ?, ?, ?, 'pending', " GATEHOUSE_NOW ")"),
        .finish_attempt = sql("UPDATE {attempts} SET state = ? WHERE attempt_id = ? AND state = 'pending'"),
        .note_login = "",  // finish_success
        .finish_success =
            sql("UPDATE {attempts} AS attempt LEFT JOIN users AS who ON who.{id} = attempt.user_id"
                " SET attempt.state = 'success', who.{last_login} = " GATEHOUSE_NOW
                ", who.{updated} = who.{updated} WHERE attempt.attempt_id = ? AND attempt.state = 'pending'"),
        .withdraw_attempt = sql("DELETE FROM {attempts} WHERE attempt_id = ? AND state = 'pending'"),
        .rehash = sql("UPDATE users SET {hash} = ?, {updated} = " GATEHOUSE_NOW
                      // As bytes: a case-insensitive collation takes one hash for another.
                      " WHERE {id} = ? AND CAST({hash} AS BINARY) = CAST(? AS BINARY)"),
        .hash_prefixes = sql("SELECT IF({hash} LIKE '$argon2id$%', SUBSTR({hash}, 1, LOCATE(',p=', {hash}) + 4),"
                             " SUBSTR({hash}, 1, 7)) AS prefix, COUNT(*) AS number FROM"
                             " (SELECT {hash} FROM users ORDER BY {id} DESC LIMIT 200000) AS newest"
                             " GROUP BY prefix ORDER BY number DESC LIMIT 64"),
        .insert_account = sql(GATEHOUSE_INSERT "{activate}"),
        .insert_disabled = sql(GATEHOUSE_INSERT "{disable}"),
        .account_by_id = sql(GATEHOUSE_ACCOUNT "WHERE {id} = ?"),
        .accounts_after = sql(GATEHOUSE_ACCOUNT "WHERE {id} > ? ORDER BY {id} LIMIT ?"),
        .update_account = sql("UPDATE users SET {name} = COALESCE(?, {name}), {role} = COALESCE(?, {role}),"
                              " {email} = COALESCE(?, {email}), email_key = COALESCE(UNHEX(?), email_key),"
                              " {updated} = " GATEHOUSE_NOW " WHERE {id} = ?"),
        .set_password = sql("UPDATE users SET {hash} = ?, " GATEHOUSE_RAISED "WHERE {id} = ?"),
        .disable = sql("UPDATE users SET {disable}, " GATEHOUSE_RAISED "WHERE {id} = ?"),
        .enable = sql("UPDATE users SET {activate}, {updated} = " GATEHOUSE_NOW " WHERE {id} = ?"),
        .raise_epoch = sql("UPDATE users SET " GATEHOUSE_RAISED "WHERE {id} = ?"),
        .epoch = sql("SELECT session_epoch FROM users WHERE {id} = ?"),
        .bury_account = sql("REPLACE INTO deleted_users (user_id, session_epoch)"
                            " SELECT {id}, session_epoch FROM users WHERE {id} = ?"),
        .delete_account = sql("DELETE FROM users WHERE {id} = ?"),
        .buried_epoch = sql("SELECT session_epoch FROM deleted_users WHERE user_id = ?"),
        .locked_keys = sql("SELECT email_key, COUNT(*) FROM {attempts} AS a"
                           " WHERE attempted_at > " GATEHOUSE_AGO " AND state <> 'success' AND NOT EXISTS ("
                           "  SELECT 1 FROM {attempts} AS later WHERE later.email_key = a.email_key"
                           "  AND later.attempt_id > a.attempt_id AND later.state = 'success'"
                           "  AND later.attempted_at > " GATEHOUSE_AGO ")"
                           " GROUP BY email_key HAVING COUNT(*) >= ? ORDER BY MAX(attempt_id) DESC LIMIT ?"),
        // The inner SELECT in a table of its own: MySQL does not read the table that it deletes from (1093).
        .forget_counted = sql("DELETE FROM {attempts} WHERE email_key = UNHEX(?) AND state <> 'success' AND"
                              " attempted_at > " GATEHOUSE_AGO " AND attempt_id >"
                              " COALESCE((SELECT newest FROM (SELECT MAX(attempt_id) AS newest FROM {attempts}"
                              " WHERE email_key = UNHEX(?) AND state = 'success') AS last_success), 0)"),
        .epochs_since = sql("SELECT {id}, session_epoch FROM users WHERE session_epoch >= " GATEHOUSE_MS(
            GATEHOUSE_NOW) " - ? UNION ALL SELECT user_id, session_epoch FROM deleted_users WHERE session_epoch "
                           ">= " GATEHOUSE_MS(GATEHOUSE_NOW) " - ? ORDER BY session_epoch DESC"),
        .forget_attempts =
            sql("DELETE FROM {attempts} WHERE attempted_at < " GATEHOUSE_AGO " ORDER BY attempted_at LIMIT ?"),
        .forget_deleted = sql("DELETE FROM deleted_users WHERE session_epoch < " GATEHOUSE_MS(
            GATEHOUSE_NOW) " - ? ORDER BY session_epoch LIMIT ?"),
        .ping = sql("SELECT 1"),
    };
}

#undef GATEHOUSE_MS
#undef GATEHOUSE_NOW
#undef GATEHOUSE_AGO
#undef GATEHOUSE_ACCOUNT
#undef GATEHOUSE_COLUMNS
#undef GATEHOUSE_RAISED
#undef GATEHOUSE_INSERT

class MysqlAccountStore final : public SqlAccountStore<mysql::Pool> {
public:
    explicit MysqlAccountStore(MysqlOptions options)
        : SqlAccountStore(mysql_statements({}), std::move(options.pool)), schema_(std::move(options.schema)) {}

    Result<std::vector<MigrationStep>> plan(ReadRows rows) override {
        auto planned = plan_mysql(pool(), schema_, rows);
        if (!planned) return std::unexpected(std::move(planned).error());
        use(mysql_statements(planned->table));
        return std::move(planned->steps);
    }
    Result<void> migrate() override {
        auto table = migrate_mysql(pool(), schema_);
        if (!table) return std::unexpected(std::move(table).error());
        use(mysql_statements(*table));
        return {};
    }

private:
    const SchemaOptions schema_;
};

}  // namespace

std::unique_ptr<AccountStore> make_mysql_account_store(MysqlOptions options) {
    return std::make_unique<MysqlAccountStore>(std::move(options));
}

}  // namespace gatehouse::session
