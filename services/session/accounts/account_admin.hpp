// What people who administer accounts can do, whoever asks: the admin API's handlers today. Owns the order of things:
// the database is the truth and changes first, then sessions end; success is said only after both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/secret.hpp"
#include "proto/error_code.hpp"
#include "session/accounts/account.hpp"
#include "session/accounts/account_store.hpp"
#include "session/login/hashing.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// A user as somebody wants it to be. Exactly one of `password` (the policy applies, hashed here) and `password_hash`
// (made elsewhere: argon2id or bcrypt) is not empty.
struct AccountDraft {
    std::string email;
    std::string full_name;
    std::string role;
    Secret password;
    Secret password_hash;
    bool active = true;
};

// Absent members stay.
struct AccountEdit {
    std::optional<std::string> email;
    std::optional<std::string> full_name;
    std::optional<std::string> role;
};

// One per I/O loop, used on its thread only; borrows its parts. Failures carry a sentence for the person who asked:
// what is wrong, and for a 503 what is committed all the same. Codes of all functions: DATABASE_UNAVAILABLE,
// SESSIONS_UNAVAILABLE, SERVICE_UNAVAILABLE, INTERNAL_ERROR; further ones are named.
class AccountAdmin {
public:
    struct Parts {
        AccountStore& accounts;
        SessionStore& sessions;
        BlockingPool& database;
        Hashing& hashing;
    };
    struct Rules {
        int bcrypt_max_cost;
        ThrottleRule throttle;
        std::size_t password_least = 8;  // code points (LOGIN_PASSWORD_MIN)
    };
    AccountAdmin(Parts parts, Rules rules) : parts_(parts), rules_(rules) {}

    // INVALID_EMAIL, INVALID_PASSWORD (the policy, or a hash of another kind or too costly), INVALID_REQUEST (a text
    // that is too long or empty), CONFLICT (the address is taken), HASHING_BUSY.
    Task<proto::Outcome<Account>> create(AccountDraft draft, Deadline by);
    // One after the other, each for itself: the outcomes are in the drafts' order. As soon as the deadline has passed
    // or a dependency is away, the rest is refused with that code and not tried.
    Task<std::vector<proto::Outcome<Account>>> import(std::vector<AccountDraft> drafts, Deadline by);

    // NOT_FOUND; by address also INVALID_EMAIL.
    Task<proto::Outcome<Account>> load(UserId user, Deadline by);
    Task<proto::Outcome<Account>> find(std::string email, Deadline by);
    // Ordered by id, those behind `after`.
    Task<proto::Outcome<std::vector<Account>>> list(UserId after, unsigned limit, Deadline by);

    // NOT_FOUND, INVALID_EMAIL, INVALID_REQUEST, CONFLICT. Live sessions show the change after their next touch.
    Task<proto::Outcome<Account>> update(UserId user, AccountEdit edit, Deadline by);
    // NOT_FOUND. Sessions that a disable ended stay ended.
    Task<proto::Outcome<Account>> enable(UserId user, Deadline by);

    // These end every session of the user, those included that are just being created, and answer how many. NOT_FOUND;
    // for the password also INVALID_PASSWORD and HASHING_BUSY. Each may be repeated after a 503, remove() too.
    Task<proto::Outcome<unsigned>> set_password(UserId user, Secret password, Deadline by);
    Task<proto::Outcome<unsigned>> disable(UserId user, Deadline by);
    Task<proto::Outcome<unsigned>> remove(UserId user, Deadline by);
    Task<proto::Outcome<unsigned>> revoke_all(UserId user, Deadline by);

    // NOT_FOUND: no such user, or for revoke() no such session; INVALID_REQUEST: not 16 hex digits.
    Task<proto::Outcome<std::vector<Session>>> sessions(UserId user, Deadline by);
    Task<proto::Outcome<void>> revoke(UserId user, std::string sid, Deadline by);

    Task<proto::Outcome<std::vector<Lockout>>> lockouts(unsigned limit, Deadline by);
    // How many attempts were forgotten; INVALID_EMAIL.
    Task<proto::Outcome<unsigned>> clear_lockout(std::string email, Deadline by);

    // Every step of the schema, and whether the database has it. apply() first applies what is missing;
    // INVALID_REQUEST: the database holds tables that are not ours, nothing was changed.
    Task<proto::Outcome<std::vector<MigrationStep>>> schema(Deadline by);
    Task<proto::Outcome<std::vector<MigrationStep>>> apply_schema(Deadline by);

private:
    enum class Effect : std::uint8_t { reads, changes };

    template <class T>
    Task<proto::Outcome<T>> ask(std::function<Result<T>(AccountStore&)> job, Effect effect, Deadline by);
    Task<proto::Outcome<std::string>> hash(Secret password, Deadline by);
    // `done`: what is committed by now, a sentence without its full stop.
    Task<proto::Outcome<unsigned>> end_sessions(UserId user, Epoch epoch, std::string_view done, Deadline by);
    Task<proto::Outcome<Epoch>> epoch_of_removed(UserId user, Deadline by);
    [[nodiscard]] proto::Outcome<void> check_hash(std::string_view hash) const;

    Parts parts_;
    Rules rules_;
};

}  // namespace gatehouse::session
