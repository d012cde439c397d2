// AccountStore over SQL, written once for both databases: the order of the steps is here, the statements are a
// dialect's (sqlite_account_store.cpp, mysql_account_store.cpp). A driver's Pool gives read(job) and write(job), its
// Connection query(), execute() and last_insert_id().
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "proto/email.hpp"
#include "session/accounts/account_rules.hpp"
#include "session/accounts/account_sql.hpp"
#include "session/accounts/account_store.hpp"
#include "session/accounts/email_key.hpp"
#include "session/accounts/throttle.hpp"

namespace gatehouse::session {

template <class Pool>
class SqlAccountStore : public AccountStore {
public:
    Result<Admission> begin_attempt(const EmailKey& key, const ThrottleRule& rule, const AttemptSource& from) override {
        return pool_.write([&](Connection& db) -> Result<Admission> {
            if (!lock_slot(db, key)) return fail(Errc::internal, "throttle_slots lacks a row: apply the migrations");
            const Count count = count_attempts(newest_attempts(db, key, rule.limit), rule);
            if (count.retry_after) return Admission(Throttled{*count.retry_after});
            auto account = find_account(db, key);
            db.execute(sql_->insert_attempt,
                       {key, account ? Value(number(account->id)) : Value(), text(printable(from.ip_address, 45)),
                        text(printable(from.user_agent, 255)), text(printable(from.client_class, 32))});
            return Admission(Attempt{AttemptId{db.last_insert_id()}, std::move(account)});
        });
    }

    Result<void> finish_attempt(AttemptId attempt, Verdict verdict) override {
        const bool success = verdict == Verdict::success;
        if (success && sql_->finish_success.empty()) {
            return pool_.write([&](Connection& db) -> Result<void> {
                if (db.execute(sql_->finish_attempt, {"success", number(attempt)}) == 1)
                    db.execute(sql_->note_login, {number(attempt)});
                return {};
            });
        }
        return pool_.write_one([&](Connection& db) -> Result<void> {
            if (success) {
                db.execute(sql_->finish_success, {number(attempt)});
            } else {
                db.execute(sql_->finish_attempt, {"failed", number(attempt)});
            }
            return {};
        });
    }

    Result<void> withdraw_attempt(AttemptId attempt) override {
        return pool_.write_one([&](Connection& db) -> Result<void> {
            db.execute(sql_->withdraw_attempt, {number(attempt)});
            return {};
        });
    }

    Result<bool> rehash(UserId user, std::string_view verified_hash, std::string_view new_hash) override {
        if (auto fits = check_password_hash(new_hash); !fits) return std::unexpected(fits.error());
        return pool_.write([&](Connection& db) -> Result<bool> {
            return db.execute(sql_->rehash, {new_hash, number(user), verified_hash}) == 1;
        });
    }

    Result<HashMix> hash_mix() override {
        return pool_.read([&](Connection& db) -> Result<HashMix> {
            HashMix mix;
            auto rows = db.query(sql_->hash_prefixes);
            while (rows.next()) add_hashes(mix, rows.text(0), rows.integer(1));
            return mix;
        });
    }

    Result<Account> create_account(const NewAccount& account) override {
        if (auto fits = check(account); !fits) return std::unexpected(fits.error());
        return pool_.write([&](Connection& db) -> Result<Account> {
            // Not left to the unique index alone: an account that has no key yet may have this address.
            if (find_account(db, account.key)) return fail(Errc::conflict, "the address has an account");
            db.execute(account.active ? sql_->insert_account : sql_->insert_disabled,
                       {account.email, account.key, account.full_name, account.role, account.password_hash});
            return load(db, UserId{db.last_insert_id()});
        });
    }

    Result<Account> load_account(UserId user) override {
        return pool_.read([&](Connection& db) { return load(db, user); });
    }

    Result<Account> load_account(const EmailKey& key) override {
        return pool_.write([&](Connection& db) -> Result<Account> {
            auto account = find_account(db, key);
            if (!account) return fail(Errc::not_found, "no account has that address");
            return *std::move(account);
        });
    }

    Result<std::vector<Account>> list_accounts(UserId after, unsigned limit) override {
        return pool_.read([&](Connection& db) -> Result<std::vector<Account>> {
            std::vector<Account> accounts;
            auto rows = db.query(sql_->accounts_after, {number(after), std::int64_t{limit}});
            while (rows.next()) accounts.push_back(account_of(rows));
            return accounts;
        });
    }

    Result<Account> update_account(UserId user, const AccountChange& change) override {
        if (auto fits = check(change); !fits) return std::unexpected(fits.error());
        return pool_.write([&](Connection& db) -> Result<Account> {
            if (change.email_key) {
                auto holder = find_account(db, *change.email_key);
                if (holder && holder->id != user) return fail(Errc::conflict, "the address has an account");
            }
            db.execute(sql_->update_account, {text(change.full_name), text(change.role), text(change.email),
                                              change.email_key ? Value(*change.email_key) : Value(), number(user)});
            return load(db, user);
        });
    }

    Result<Epoch> set_password(UserId user, std::string_view password_hash) override {
        if (auto fits = check_password_hash(password_hash); !fits) return std::unexpected(fits.error());
        return pool_.write([&](Connection& db) -> Result<Epoch> {
            db.execute(sql_->set_password, {password_hash, number(user)});
            return epoch_of(db, user);
        });
    }

    Result<Epoch> disable(UserId user) override { return change_epoch(sql_->disable, user); }
    Result<Epoch> raise_epoch(UserId user) override { return change_epoch(sql_->raise_epoch, user); }

    Result<Epoch> delete_account(UserId user) override {
        return pool_.write([&](Connection& db) -> Result<Epoch> {
            db.execute(sql_->raise_epoch, {number(user)});
            auto epoch = epoch_of(db, user);
            if (!epoch) return epoch;
            db.execute(sql_->bury_account, {number(user)});
            db.execute(sql_->delete_account, {number(user)});
            return epoch;
        });
    }

    Result<Epoch> epoch_of_deleted(UserId user) override {
        return pool_.read([&](Connection& db) -> Result<Epoch> {
            auto rows = db.query(sql_->buried_epoch, {number(user)});
            if (!rows.next()) return fail(Errc::not_found, "no such account was deleted lately");
            return Epoch{rows.integer(0)};
        });
    }

    Result<void> enable(UserId user) override {
        return pool_.write([&](Connection& db) -> Result<void> {
            db.execute(sql_->enable, {number(user)});
            auto account = load(db, user);
            return account ? Result<void>() : std::unexpected(account.error());
        });
    }

    Result<std::vector<Lockout>> list_lockouts(const ThrottleRule& rule, unsigned limit) override {
        return pool_.read([&](Connection& db) -> Result<std::vector<Lockout>> {
            std::vector<Lockout> lockouts;
            const std::int64_t window = std::chrono::milliseconds(rule.window).count();
            {
                auto rows =
                    db.query(sql_->locked_keys, {window, window, std::int64_t{rule.limit}, std::int64_t{limit}});
                while (rows.next()) {
                    Lockout& lockout = lockouts.emplace_back();
                    lockout.key = key_of(rows.text(0));
                    lockout.failures = static_cast<unsigned>(rows.integer(1));
                }
            }
            for (Lockout& lockout : lockouts) describe(db, rule, lockout);
            std::erase_if(lockouts, [](const Lockout& lockout) { return lockout.retry_after.count() == 0; });
            return lockouts;
        });
    }

    Result<unsigned> clear_lockout(const EmailKey& key, std::chrono::seconds window) override {
        return pool_.write([&](Connection& db) -> Result<unsigned> {
            if (!lock_slot(db, key)) return fail(Errc::internal, "throttle_slots lacks a row: apply the migrations");
            return static_cast<unsigned>(
                db.execute(sql_->forget_counted, {key, std::int64_t{std::chrono::milliseconds(window).count()}, key}));
        });
    }

    Result<std::vector<EpochChange>> epochs_changed(std::chrono::seconds within) override {
        return pool_.read([&](Connection& db) -> Result<std::vector<EpochChange>> {
            std::vector<EpochChange> changes;
            const std::int64_t span = std::chrono::milliseconds(within).count();
            auto rows = db.query(sql_->epochs_since, {span, span});
            while (rows.next()) changes.push_back({UserId{rows.integer(0)}, Epoch{rows.integer(1)}});
            return changes;
        });
    }

    Result<unsigned> forget_attempts(std::chrono::hours keep, unsigned batch) override {
        return forget(sql_->forget_attempts, keep, batch);
    }

    Result<unsigned> forget_deleted(std::chrono::hours keep, unsigned batch) override {
        return forget(sql_->forget_deleted, keep, batch);
    }

    Result<unsigned> key_accounts(unsigned batch) override {
        return pool_.write([&](Connection& db) -> Result<unsigned> {
            unsigned keyed = 0;
            std::int64_t unkeyable = 0;
            for_unkeyed(db, [&](std::int64_t user, const std::optional<EmailKey>& key) {
                const bool changed = key && db.execute(sql_->key_account, {*key, user}) == 1;
                changed ? void(++keyed) : void(++unkeyable);
                return keyed < batch;
            });
            if (keyed == 0 && unkeyable > 0) log::warn("accounts.without_key", {{"accounts", unkeyable}});
            return keyed;
        });
    }

    Result<void> ping() override {
        return pool_.read([&](Connection& db) -> Result<void> {
            auto rows = db.query(sql_->ping);
            if (!rows.next()) return fail(Errc::protocol, "the database answered a ping with nothing");
            return {};
        });
    }

protected:
    template <class... Options>
    explicit SqlAccountStore(AccountSql sql, Options&&... options) : pool_(std::forward<Options>(options)...) {
        use(std::move(sql));
    }
    [[nodiscard]] Pool& pool() noexcept { return pool_; }
    // From the next call on.
    void use(AccountSql sql) { sql_.use(std::move(sql)); }

private:
    using Connection = typename Pool::Connection;
    using Value = typename Pool::Value;
    using Rows = typename Pool::Rows;

    static constexpr std::int64_t kUnkeyedPage = 256;
    // Sign-ins stop looking after so many: the upkeep keys the rest, in the order of the ids as they do.
    static constexpr int kUnkeyedPages = 16;

    template <class Id>
    static constexpr std::int64_t number(Id id) noexcept {
        return static_cast<std::int64_t>(id);
    }
    static Value text(const std::string& from) { return Value(std::string_view(from)); }
    static Value text(const std::optional<std::string>& from) { return from ? text(*from) : Value(); }

    static EmailKey key_of(const std::string& bytes) {
        EmailKey key{};
        std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.begin());
        return key;
    }

    static Account account_of(const Rows& row) {
        Account account{.id = UserId{row.integer(0)},
                        .full_name = row.text(1),
                        .email = row.text(2),
                        .role = row.text(3),
                        .status = row.text(4),
                        .active = false,
                        .epoch = Epoch{row.integer(5)},
                        .password_hash = row.text(6),
                        .created_at = SystemTime(std::chrono::milliseconds(row.integer(7))),
                        .last_login_at = std::nullopt};
        account.active = may_sign_in(account.status);
        if (!row.null(8)) account.last_login_at = SystemTime(std::chrono::milliseconds(row.integer(8)));
        return account;
    }

    Result<unsigned> forget(const std::string& statement, std::chrono::hours keep, unsigned batch) {
        return pool_.write([&](Connection& db) -> Result<unsigned> {
            const std::int64_t span = std::chrono::milliseconds(keep).count();
            return static_cast<unsigned>(db.execute(statement, {span, std::int64_t{batch}}));
        });
    }

    bool lock_slot(Connection& db, const EmailKey& key) {
        if (sql_->lock_slot.empty()) return true;
        const std::int64_t slot = (key[0] << 2) | (key[1] >> 6);  // the first 10 bits
        return db.query(sql_->lock_slot, {slot}).next();
    }

    std::vector<PastAttempt> newest_attempts(Connection& db, const EmailKey& key, unsigned limit) {
        std::vector<PastAttempt> attempts;
        auto rows = db.query(sql_->newest_attempts, {key, std::int64_t{limit}});
        while (rows.next()) {
            attempts.push_back({attempt_state(rows.text(0)), std::chrono::milliseconds(rows.integer(1))});
        }
        return attempts;
    }

    // Calls see(user_id, key of its address) for accounts without a key, until it answers false.
    template <class See>
    void for_unkeyed(Connection& db, See see, int pages = std::numeric_limits<int>::max()) {
        std::int64_t last = std::numeric_limits<std::int64_t>::min();
        for (; pages > 0; --pages) {
            std::vector<std::pair<std::int64_t, std::string>> found;
            {
                auto rows = db.query(sql_->unkeyed_accounts, {last, kUnkeyedPage});
                while (rows.next()) found.emplace_back(rows.integer(0), rows.text(1));
            }
            for (const auto& [user, email] : found) {
                const auto canonical = proto::canonical_email(email);
                if (!see(user, canonical ? std::optional(email_key(*canonical)) : std::nullopt)) return;
            }
            if (std::ssize(found) < kUnkeyedPage) return;
            last = found.back().first;
        }
    }

    struct Found {
        std::optional<Account> account;
        bool some_unkeyed = false;  // there are accounts without a key
    };
    Found account_by_key(Connection& db, const EmailKey& key) {
        constexpr int unkeyed_column = 9;  // behind the account's
        auto row = db.query(sql_->account_by_key, {key});
        Found found;
        if (!row.next()) return found;
        if (!row.null(0)) found.account = account_of(row);
        found.some_unkeyed = row.integer(unkeyed_column) != 0;
        return found;
    }

    // Looks for accounts without a key whether or not there is one with it, so that both take the same time.
    std::optional<Account> find_account(Connection& db, const EmailKey& key) {
        auto [account, some_unkeyed] = account_by_key(db, key);
        if (!some_unkeyed) return std::move(account);
        std::optional<std::int64_t> unkeyed;
        for_unkeyed(
            db,
            [&](std::int64_t user, const std::optional<EmailKey>& its) {
                if (!unkeyed && its == key) unkeyed = user;
                return true;
            },
            kUnkeyedPages);
        if (account || !unkeyed) return std::move(account);
        db.execute(sql_->key_account, {key, *unkeyed});
        return account_by_key(db, key).account;
    }

    static std::optional<Account> first(Rows rows) {
        return rows.next() ? std::optional(account_of(rows)) : std::nullopt;
    }

    Result<Account> load(Connection& db, UserId user) {
        auto account = first(db.query(sql_->account_by_id, {number(user)}));
        if (!account) return fail(Errc::not_found, "no such account");
        return *std::move(account);
    }

    Result<Epoch> epoch_of(Connection& db, UserId user) {
        auto rows = db.query(sql_->epoch, {number(user)});
        if (!rows.next()) return fail(Errc::not_found, "no such account");
        return Epoch{rows.integer(0)};
    }

    Result<Epoch> change_epoch(const std::string& statement, UserId user) {
        return pool_.write([&](Connection& db) -> Result<Epoch> {
            db.execute(statement, {number(user)});
            return epoch_of(db, user);
        });
    }

    void describe(Connection& db, const ThrottleRule& rule, Lockout& lockout) {
        const Count count = count_attempts(newest_attempts(db, lockout.key, rule.limit), rule);
        lockout.retry_after = count.retry_after.value_or(std::chrono::seconds(0));
        if (auto account = account_by_key(db, lockout.key).account) {
            lockout.user = account->id;
            lockout.email = std::move(account->email);
        }
    }

    StatementSet sql_;
    Pool pool_;
};

}  // namespace gatehouse::session
