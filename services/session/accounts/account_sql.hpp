// The statements of an account store, in a dialect and with the names of one database's columns.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::session {

// One statement each; the comment lists its parameters, then its columns. ACCOUNT stands for user_id, full_name, email,
// role, status, session_epoch, password_hash, created_at and last_login_at (unix milliseconds).
struct AccountSql {
    std::string lock_slot;         // slot | slot. Empty: a write transaction is alone anyway
    std::string newest_attempts;   // key, limit | state, age in milliseconds; newest first
    std::string account_by_key;    // key | ACCOUNT or nulls, whether any account lacks a key; always one row
    std::string unkeyed_accounts;  // after user_id, limit | user_id, email; by user_id
    std::string key_account;       // key, user_id; a key that is taken changes nothing
    std::string insert_attempt;    // key, user_id or NULL, ip_address, user_agent, client_class
    std::string finish_attempt;    // state, attempt_id; only a pending one
    std::string note_login;        // attempt_id: its user's last_login_at
    std::string finish_success;    // attempt_id; only a pending one: both at once. Empty: that takes two statements
    std::string withdraw_attempt;  // attempt_id; only a pending one
    std::string rehash;            // new hash, user_id, verified hash
    std::string hash_prefixes;     // | argon2id's up to ",p=1$", else the first 7 characters; count
    std::string insert_account;    // email, key, full_name, role, password_hash; may sign in
    std::string insert_disabled;   // the same; may not
    std::string account_by_id;     // user_id | ACCOUNT
    std::string accounts_after;    // user_id, limit | ACCOUNT
    std::string update_account;    // full_name, role, email, key (NULL: stays), user_id
    std::string set_password;      // password_hash, user_id; raises the epoch
    std::string disable;           // user_id; raises the epoch
    std::string enable;            // user_id
    std::string raise_epoch;       // user_id
    std::string epoch;             // user_id | session_epoch
    std::string bury_account;      // user_id: its epoch to deleted_users
    std::string delete_account;    // user_id
    std::string buried_epoch;      // user_id | session_epoch
    std::string locked_keys;       // window in milliseconds twice, least count, limit | key, count; newest first
    std::string forget_counted;    // key, window in milliseconds, key: failed and pending ones after the last success
    std::string epochs_since;      // milliseconds twice | user_id, session_epoch; newest first
    std::string forget_attempts;   // milliseconds, limit
    std::string forget_deleted;    // milliseconds, limit
    std::string ping;              // | anything

    friend bool operator==(const AccountSql&, const AccountSql&) = default;
};

// The statements in use, which a look at the database may replace while others use them. Thread-safe.
class StatementSet {
public:
    // The names of a database do not change while it is used: there are two sets, one from before the first look at it
    // and one from after. All are kept, because a call may still use an older one.
    void use(AccountSql sql) {
        const std::lock_guard lock(mutex_);
        auto known = std::ranges::find_if(all_, [&](const auto& one) { return *one == sql; });
        if (known == all_.end()) known = all_.insert(known, std::make_unique<const AccountSql>(std::move(sql)));
        current_.store(known->get());
    }
    [[nodiscard]] const AccountSql* operator->() const noexcept { return current_.load(); }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<const AccountSql>> all_;
    std::atomic<const AccountSql*> current_{nullptr};
};

}  // namespace gatehouse::session
