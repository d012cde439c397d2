// The seam of the accounts domain: users and login_attempts in MySQL or SQLite. One contract test runs against both.
//
// Every function blocks: call it on the database pool (async/blocking_pool.hpp). Thread-safe: each call leases a
// connection of its own. Errors of all of them: timeout, unavailable (cannot be reached, refused, lost), overloaded (no
// connection free), internal (a statement that the schema refuses). A function that failed did nothing, but for a lost
// connection at the commit, where it may have.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "session/accounts/account.hpp"

namespace gatehouse::session {

enum class ReadRows : bool { no, yes };

class AccountStore {
public:
    virtual ~AccountStore() = default;

    // --- sign-in ---

    // Counts the attempt before it is verified. First locks the throttle slot of `key` (one of 1024, by its first 10
    // bits), then reads the newest attempts of `key` in the window down to the last success: `failed` ones, and
    // `pending` ones (one older than 60 s is a failure). At the limit: Throttled, and nothing is stored. Else a
    // `pending` row, committed, and the account. `retry_after` is 1 if a pending row is among the newest LIMIT counted
    // ones, else the LIMIT-th newest counted + window - now, rounded up. All times are the database's.
    // An account without email_key (inserted by hand or by Flask) is found too and keyed on the way.
    virtual Result<Admission> begin_attempt(const EmailKey& key, const ThrottleRule& rule,
                                            const AttemptSource& from) = 0;

    // pending -> success or failed; a row that is not pending any more stays. A success sets last_login_at.
    virtual Result<void> finish_attempt(AttemptId attempt, Verdict verdict) = 0;

    // The attempt never happened: our own fault kept it from being verified. Deletes the pending row.
    virtual Result<void> withdraw_attempt(AttemptId attempt) = 0;

    // Stores `new_hash` only if the account still has `verified_hash` (compare and set): a password changed meanwhile
    // is never undone. False: it had changed. Leaves the epoch alone.
    virtual Result<bool> rehash(UserId user, std::string_view verified_hash, std::string_view new_hash) = 0;

    // How the hashes of the newest 200 000 accounts are spread over kinds and costs: the bound keeps it quick anywhere.
    virtual Result<HashMix> hash_mix() = 0;

    // --- administration; not_found when the account does not exist ---

    // conflict: the address's canonical form is taken.
    virtual Result<Account> create_account(const NewAccount& account) = 0;
    virtual Result<Account> load_account(UserId user) = 0;
    virtual Result<Account> load_account(const EmailKey& key) = 0;
    // Ordered by id, those with an id above `after`; at most `limit`.
    virtual Result<std::vector<Account>> list_accounts(UserId after, unsigned limit) = 0;
    virtual Result<Account> update_account(UserId user, const AccountChange& change) = 0;

    // These raise the epoch in the same transaction as the change and return it: epoch = GREATEST(old + 1, unix
    // milliseconds of the database). The caller then ends the sessions in the session store.
    virtual Result<Epoch> set_password(UserId user, std::string_view password_hash) = 0;
    virtual Result<Epoch> disable(UserId user) = 0;
    virtual Result<Epoch> raise_epoch(UserId user) = 0;
    virtual Result<Epoch> delete_account(UserId user) = 0;  // the epoch that a revoke-all has to store
    // Of an account that was deleted and is still remembered; not_found.
    virtual Result<Epoch> epoch_of_deleted(UserId user) = 0;
    virtual Result<void> enable(UserId user) = 0;

    // --- lockouts ---

    // Addresses that begin_attempt would refuse now, the most recent first; at most `limit`.
    virtual Result<std::vector<Lockout>> list_lockouts(const ThrottleRule& rule, unsigned limit) = 0;
    // Forgets the counted attempts of `key` in the window, not older ones; how many.
    virtual Result<unsigned> clear_lockout(const EmailKey& key, std::chrono::seconds window) = 0;

    // --- upkeep ---

    // Epochs raised within the last `within`, by the database's clock, deleted accounts included; the newest first.
    virtual Result<std::vector<EpochChange>> epochs_changed(std::chrono::seconds within) = 0;
    // Deletes attempts older than `keep`, at most `batch` rows; how many.
    virtual Result<unsigned> forget_attempts(std::chrono::hours keep, unsigned batch) = 0;
    // Forgets the epochs of accounts that were deleted longer ago than `keep`, at most `batch`; how many. Keep them for
    // longer than a session can live.
    virtual Result<unsigned> forget_deleted(std::chrono::hours keep, unsigned batch) = 0;
    // Keys accounts whose email_key is NULL, at most `batch`; how many.
    virtual Result<unsigned> key_accounts(unsigned batch) = 0;
    // Ok: the database answers.
    virtual Result<void> ping() = 0;

    // --- schema ---

    // Every step there is, and whether this database has it. Changes nothing. invalid_input: as for migrate().
    // ReadRows::yes: reads every row of a table that is to be adopted, too.
    virtual Result<std::vector<MigrationStep>> plan(ReadRows rows) = 0;
    // Applies what is missing. Idempotent, safe when several instances start at once, each step survives a kill.
    // A `users` table of another program is adopted if it can be (adoption.hpp); invalid_input: it cannot, the detail
    // says why and how to mend it; nothing was changed.
    virtual Result<void> migrate() = 0;
};

}  // namespace gatehouse::session
