// Messages of account administration in the internal API (scope `admin`). Times are Unix seconds, ids numbers.
// Passwords, hashes and e-mail addresses travel in bodies only.
//
//     GET    /v1/users?after=ID&limit=N     -> AccountList
//     POST   /v1/users            NewAccount   -> Account (201)
//     POST   /v1/users/lookup     AccountLookup -> Account
//     POST   /v1/users/import     AccountImport -> ImportReport
//     GET    /v1/users/{id}                 -> Account
//     PATCH  /v1/users/{id}       AccountChange -> Account
//     DELETE /v1/users/{id}                 -> SessionsEnded
//     POST   /v1/users/{id}/password  NewPassword -> SessionsEnded
//     POST   /v1/users/{id}/disable         -> SessionsEnded
//     POST   /v1/users/{id}/enable          -> Account
//
// Every *_from_json says which member is missing or wrong, never what it held: invalid_input for a request, protocol
// for an answer. Unknown members are ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "proto/error_code.hpp"

namespace gatehouse::proto {

struct Account {
    std::int64_t user_id = 0;
    std::string full_name;
    std::string email;
    std::string role;
    std::string status;    // as stored
    bool active = false;   // may sign in
    std::string password;  // kind of its hash: "argon2id", "bcrypt" or "unknown"; never the hash
    std::int64_t created_at = 0;
    std::optional<std::int64_t> last_login_at;
    friend bool operator==(const Account&, const Account&) = default;
};
[[nodiscard]] std::string to_json(const Account& account);
[[nodiscard]] Result<Account> account_from_json(std::string_view body);

struct AccountList {
    std::vector<Account> users;        // by id
    std::optional<std::int64_t> next;  // `after` of the next page; absent: this is the last one
    friend bool operator==(const AccountList&, const AccountList&) = default;
};
inline constexpr unsigned kAccountPageDefault = 100;
inline constexpr unsigned kAccountPageMost = 1000;
[[nodiscard]] std::string to_json(const AccountList& list);
[[nodiscard]] Result<AccountList> account_list_from_json(std::string_view body);

struct NewAccount {
    std::string email;
    std::string full_name;
    std::string role;
    Secret password;
};
[[nodiscard]] std::string to_json(const NewAccount& account);  // holds the password
[[nodiscard]] Result<NewAccount> new_account_from_json(std::string_view body);

// Absent members stay as they are; all absent is invalid.
struct AccountChange {
    std::optional<std::string> email;
    std::optional<std::string> full_name;
    std::optional<std::string> role;
    friend bool operator==(const AccountChange&, const AccountChange&) = default;
};
[[nodiscard]] std::string to_json(const AccountChange& change);
[[nodiscard]] Result<AccountChange> account_change_from_json(std::string_view body);

struct AccountLookup {
    std::string email;
    friend bool operator==(const AccountLookup&, const AccountLookup&) = default;
};
[[nodiscard]] std::string to_json(const AccountLookup& lookup);
[[nodiscard]] Result<AccountLookup> account_lookup_from_json(std::string_view body);

struct NewPassword {
    Secret password;
};
[[nodiscard]] std::string to_json(const NewPassword& password);
[[nodiscard]] Result<NewPassword> new_password_from_json(std::string_view body);

// The change is committed and no session of before it lives any more.
struct SessionsEnded {
    std::int64_t user_id = 0;
    unsigned sessions_ended = 0;
    friend bool operator==(const SessionsEnded&, const SessionsEnded&) = default;
};
[[nodiscard]] std::string to_json(const SessionsEnded& ended);
[[nodiscard]] Result<SessionsEnded> sessions_ended_from_json(std::string_view body);

// An account from elsewhere: with the hash that it had there, or with a password to be hashed here.
struct ImportedAccount {
    std::string email;
    std::string full_name;
    std::string role;
    std::string status = "active";  // active or disabled
    Secret password_hash;           // exactly one of these two is not empty
    Secret password;
};
inline constexpr std::size_t kImportMost = 100;
struct AccountImport {
    std::vector<ImportedAccount> users;  // at most kImportMost
};
[[nodiscard]] std::string to_json(const AccountImport& import);
[[nodiscard]] Result<AccountImport> account_import_from_json(std::string_view body);
[[nodiscard]] std::string to_json(const ImportedAccount& account);
// One record alone, as a line of an import file has it.
[[nodiscard]] Result<ImportedAccount> imported_account_from_json(std::string_view body);

// One record's fate. Records stand for themselves: one that is refused keeps no other from being created.
struct ImportOutcome {
    std::optional<std::int64_t> user_id;  // created
    std::optional<ErrorCode> error;       // or refused
    std::string message;                  // why, without anything secret
    friend bool operator==(const ImportOutcome&, const ImportOutcome&) = default;
};
struct ImportReport {
    std::vector<ImportOutcome> results;  // in the records' order
    friend bool operator==(const ImportReport&, const ImportReport&) = default;
};
[[nodiscard]] std::string to_json(const ImportReport& report);
[[nodiscard]] Result<ImportReport> import_report_from_json(std::string_view body);

}  // namespace gatehouse::proto
