#include "session/accounts/account_admin.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "crypto/password.hpp"
#include "proto/email.hpp"
#include "session/accounts/account_rules.hpp"
#include "session/accounts/email_key.hpp"
#include "session/accounts/password_policy.hpp"
#include "session/failures.hpp"

namespace gatehouse::session {

namespace {

using proto::ErrorCode;
using proto::Failure;
using proto::Outcome;
using proto::refuse;

// A change is committed: its sessions must end, even if the caller's time is nearly over.
constexpr std::chrono::milliseconds kLeastTimeToRevoke{1000};

struct Address {
    std::string email;  // as given, without the blanks round it
    EmailKey key;
};

Outcome<Address> read_address(std::string_view email) {
    const auto canonical = proto::canonical_email(email);
    if (!canonical) return refuse(ErrorCode::invalid_email);
    return Address{std::string(trim(email)), email_key(*canonical)};
}

constexpr std::string_view kStopping = "The service is stopping.";

// What became of a job on the database, for the person who asked.
std::unexpected<Failure> job_failed(const Error& error, bool changes) {
    std::string_view words;
    switch (error.code) {
        case Errc::refused:
            return refuse(ErrorCode::invalid_request, error.detail,
                          "The table of the database does not take this, nothing was changed: " + error.detail);
        case Errc::not_found:
            words = "There is no such user.";
            break;
        case Errc::conflict:
            words = "The e-mail address belongs to another account.";
            break;
        case Errc::overloaded:
            words = "The database is busy; nothing was changed.";
            break;
        case Errc::cancelled:
            words = kStopping;
            break;
        case Errc::timeout:
        case Errc::unavailable:
        case Errc::protocol:
        case Errc::denied:
            words = changes ? "The database did not answer in time: the change may or may not have been made."
                            : "The database does not answer.";
            break;
        case Errc::invalid_input:
        case Errc::internal:
            break;
    }
    return database_failed(error, std::string(words));
}

std::unexpected<Failure> not_hashed(Error error) {
    const bool stopping = error.code == Errc::cancelled;
    return hashing_failed(std::move(error), std::string(stopping ? kStopping
                                                                 : "Too many passwords are being hashed; nothing was "
                                                                   "changed."));
}

bool is_sid(std::string_view text) noexcept {
    auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == 16 && std::ranges::all_of(text, is_hex);
}

}  // namespace

template <class T>
Task<Outcome<T>> AccountAdmin::ask(std::function<Result<T>(AccountStore&)> job, Effect effect, Deadline by) {
    std::function<Result<T>()> run = [job = std::move(job), &store = parts_.accounts] { return job(store); };
    auto result = co_await parts_.database.run(std::move(run), by);
    if (!result) co_return job_failed(result.error(), effect == Effect::changes);
    if constexpr (std::is_void_v<T>) {
        co_return Outcome<T>{};
    } else {
        co_return std::move(*result);
    }
}

Task<Outcome<std::string>> AccountAdmin::hash(Secret password, Deadline by) {
    const auto ticket = parts_.hashing.admit();
    if (!ticket) co_return not_hashed(fail(Errc::overloaded, "no place in the hashing queue").error());
    auto shared = std::make_shared<const Secret>(std::move(password));
    auto made = co_await parts_.hashing.hash(*ticket, std::move(shared), by);
    if (!made) co_return not_hashed(std::move(made).error());
    co_return std::move(*made);
}

Outcome<void> AccountAdmin::check_hash(std::string_view hash) const {
    const auto found = crypto::inspect_hash(hash);
    switch (found.kind) {
        case crypto::HashKind::argon2id:
            if (found.argon2.memory_bytes <= kImportedMemoryMost && found.argon2.passes <= kImportedPassesMost)
                return {};
            return refuse(ErrorCode::invalid_password, {},
                          fmt::format("The argon2id hash needs more than {} MiB or {} passes to verify.",
                                      kImportedMemoryMost >> 20, kImportedPassesMost));
        case crypto::HashKind::bcrypt:
            if (found.bcrypt_cost <= rules_.bcrypt_max_cost) return {};
            return refuse(ErrorCode::invalid_password, {},
                          fmt::format("The bcrypt hash has cost {}, above BCRYPT_MAX_COST={}.", found.bcrypt_cost,
                                      rules_.bcrypt_max_cost));
        case crypto::HashKind::unknown:
            break;
    }
    return refuse(ErrorCode::invalid_password, {},
                  "The hash is neither argon2id ($argon2id$v=19$…,p=1$…) nor bcrypt ($2a$, $2b$ or $2y$).");
}

Task<Outcome<Account>> AccountAdmin::create(AccountDraft draft, Deadline by) {
    auto address = read_address(draft.email);
    if (!address) co_return std::unexpected(std::move(address).error());
    NewAccount account{std::move(address->email), address->key, std::move(draft.full_name),
                       std::move(draft.role),     {},           draft.active};
    if (!draft.password_hash.empty()) {
        auto good = check_hash(draft.password_hash.view());
        if (!good) co_return std::unexpected(std::move(good).error());
        account.password_hash = draft.password_hash.view();
    } else {
        if (auto why = refuse_password(draft.password.view(), account.email, rules_.password_least)) {
            co_return refuse(ErrorCode::invalid_password, {}, *std::move(why));
        }
        auto made = co_await hash(std::move(draft.password), by);
        if (!made) co_return std::unexpected(std::move(made).error());
        account.password_hash = std::move(*made);
    }
    std::function<Result<Account>(AccountStore&)> job = [account = std::move(account)](AccountStore& store) {
        return store.create_account(account);
    };
    auto created = co_await ask<Account>(std::move(job), Effect::changes, by);
    co_return created;
}

Task<std::vector<Outcome<Account>>> AccountAdmin::import(std::vector<AccountDraft> drafts, Deadline by) {
    std::vector<Outcome<Account>> outcomes;
    outcomes.reserve(drafts.size());
    std::optional<Failure> away;
    for (auto& draft : drafts) {
        if (!away && by.passed()) {
            away = refuse(ErrorCode::service_unavailable, "the import's deadline passed",
                          "Not tried: there was no time left.")
                       .error();
        }
        if (away) {
            outcomes.emplace_back(std::unexpected(*away));
            continue;
        }
        auto outcome = co_await create(std::move(draft), by);
        if (!outcome && proto::info(outcome.error().code).status >= 500) {
            away = outcome.error();
            away->message = "Not tried: " + std::string(proto::info(away->code).message);
        }
        outcomes.push_back(std::move(outcome));
    }
    co_return outcomes;
}

Task<Outcome<Account>> AccountAdmin::load(UserId user, Deadline by) {
    std::function<Result<Account>(AccountStore&)> job = [user](AccountStore& store) {
        return store.load_account(user);
    };
    auto account = co_await ask<Account>(std::move(job), Effect::reads, by);
    co_return account;
}

Task<Outcome<Account>> AccountAdmin::find(std::string email, Deadline by) {
    auto address = read_address(email);
    if (!address) co_return std::unexpected(std::move(address).error());
    std::function<Result<Account>(AccountStore&)> job = [key = address->key](AccountStore& store) {
        return store.load_account(key);
    };
    auto account = co_await ask<Account>(std::move(job), Effect::reads, by);
    co_return account;
}

Task<Outcome<std::vector<Account>>> AccountAdmin::list(UserId after, unsigned limit, Deadline by) {
    std::function<Result<std::vector<Account>>(AccountStore&)> job = [after, limit](AccountStore& store) {
        return store.list_accounts(after, limit);
    };
    auto accounts = co_await ask<std::vector<Account>>(std::move(job), Effect::reads, by);
    co_return accounts;
}

Task<Outcome<Account>> AccountAdmin::update(UserId user, AccountEdit edit, Deadline by) {
    AccountChange change{std::move(edit.full_name), std::move(edit.role), {}, {}};
    if (edit.email) {
        auto address = read_address(*edit.email);
        if (!address) co_return std::unexpected(std::move(address).error());
        change.email = std::move(address->email);
        change.email_key = address->key;
    }
    std::function<Result<Account>(AccountStore&)> job = [user, change = std::move(change)](AccountStore& store) {
        return store.update_account(user, change);
    };
    auto account = co_await ask<Account>(std::move(job), Effect::changes, by);
    co_return account;
}

Task<Outcome<Account>> AccountAdmin::enable(UserId user, Deadline by) {
    std::function<Result<Account>(AccountStore&)> job = [user](AccountStore& store) -> Result<Account> {
        if (auto enabled = store.enable(user); !enabled) return std::unexpected(std::move(enabled).error());
        return store.load_account(user);
    };
    auto account = co_await ask<Account>(std::move(job), Effect::changes, by);
    co_return account;
}

Task<Outcome<unsigned>> AccountAdmin::end_sessions(UserId user, Epoch epoch, std::string_view done, Deadline by) {
    const Deadline enough(std::max(by.at(), Deadline::after(kLeastTimeToRevoke).at()));
    auto ended = co_await parts_.sessions.revoke_all(user, epoch, enough);
    if (ended) co_return *ended;
    co_return sessions_failed(
        std::move(ended).error(),
        fmt::format("{}, but the session store did not confirm that the older sessions have ended: repeat this.",
                    done));
}

Task<Outcome<unsigned>> AccountAdmin::set_password(UserId user, Secret password, Deadline by) {
    auto account = co_await load(user, by);
    if (!account) co_return std::unexpected(std::move(account).error());
    if (auto why = refuse_password(password.view(), account->email, rules_.password_least)) {
        co_return refuse(ErrorCode::invalid_password, {}, *std::move(why));
    }
    auto made = co_await hash(std::move(password), by);
    if (!made) co_return std::unexpected(std::move(made).error());
    std::function<Result<Epoch>(AccountStore&)> job = [user, made = std::move(*made)](AccountStore& store) {
        return store.set_password(user, made);
    };
    auto epoch = co_await ask<Epoch>(std::move(job), Effect::changes, by);
    if (!epoch) co_return std::unexpected(std::move(epoch).error());
    auto ended = co_await end_sessions(user, *epoch, "The password is changed", by);
    co_return ended;
}

Task<Outcome<unsigned>> AccountAdmin::disable(UserId user, Deadline by) {
    std::function<Result<Epoch>(AccountStore&)> job = [user](AccountStore& store) { return store.disable(user); };
    auto epoch = co_await ask<Epoch>(std::move(job), Effect::changes, by);
    if (!epoch) co_return std::unexpected(std::move(epoch).error());
    auto ended = co_await end_sessions(user, *epoch, "The account is disabled", by);
    co_return ended;
}

// A deletion whose sessions could not be ended is repeated: the account is gone, its epoch is remembered.
Task<Outcome<Epoch>> AccountAdmin::epoch_of_removed(UserId user, Deadline by) {
    std::function<Result<Epoch>(AccountStore&)> job = [user](AccountStore& store) {
        return store.epoch_of_deleted(user);
    };
    auto epoch = co_await ask<Epoch>(std::move(job), Effect::reads, by);
    co_return epoch;
}

Task<Outcome<unsigned>> AccountAdmin::remove(UserId user, Deadline by) {
    std::function<Result<Epoch>(AccountStore&)> job = [user](AccountStore& store) {
        return store.delete_account(user);
    };
    auto epoch = co_await ask<Epoch>(std::move(job), Effect::changes, by);
    if (!epoch && epoch.error().code == ErrorCode::not_found) epoch = co_await epoch_of_removed(user, by);
    if (!epoch) co_return std::unexpected(std::move(epoch).error());
    auto ended = co_await end_sessions(user, *epoch, "The account is deleted", by);
    co_return ended;
}

Task<Outcome<unsigned>> AccountAdmin::revoke_all(UserId user, Deadline by) {
    std::function<Result<Epoch>(AccountStore&)> job = [user](AccountStore& store) { return store.raise_epoch(user); };
    auto epoch = co_await ask<Epoch>(std::move(job), Effect::changes, by);
    if (!epoch) co_return std::unexpected(std::move(epoch).error());
    auto ended = co_await end_sessions(user, *epoch, "The end of all sessions is recorded", by);
    co_return ended;
}

Task<Outcome<std::vector<Session>>> AccountAdmin::sessions(UserId user, Deadline by) {
    auto account = co_await load(user, by);
    if (!account) co_return std::unexpected(std::move(account).error());
    auto found = co_await parts_.sessions.list(user, by);
    if (!found) co_return sessions_failed(std::move(found).error(), "The session store does not answer.");
    co_return std::move(*found);
}

Task<Outcome<void>> AccountAdmin::revoke(UserId user, std::string sid, Deadline by) {
    if (!is_sid(sid)) {
        co_return refuse(ErrorCode::invalid_request, {},
                         "A session's name is 16 digits 0-9 a-f: see the list of sessions.");
    }
    auto ended = co_await parts_.sessions.revoke(user, std::move(sid), by);
    if (!ended) {
        co_return sessions_failed(std::move(ended).error(),
                                  "The session store did not confirm that the session has ended: repeat this.");
    }
    if (!*ended) co_return refuse(ErrorCode::not_found, {}, "The user has no such session.");
    co_return Outcome<void>{};
}

Task<Outcome<std::vector<Lockout>>> AccountAdmin::lockouts(unsigned limit, Deadline by) {
    std::function<Result<std::vector<Lockout>>(AccountStore&)> job =
        [limit, rule = rules_.throttle](AccountStore& store) { return store.list_lockouts(rule, limit); };
    auto found = co_await ask<std::vector<Lockout>>(std::move(job), Effect::reads, by);
    co_return found;
}

Task<Outcome<unsigned>> AccountAdmin::clear_lockout(std::string email, Deadline by) {
    auto address = read_address(email);
    if (!address) co_return std::unexpected(std::move(address).error());
    std::function<Result<unsigned>(AccountStore&)> job = [key = address->key,
                                                          window = rules_.throttle.window](AccountStore& store) {
        return store.clear_lockout(key, window);
    };
    auto cleared = co_await ask<unsigned>(std::move(job), Effect::changes, by);
    co_return cleared;
}

Task<Outcome<std::vector<MigrationStep>>> AccountAdmin::schema(Deadline by) {
    std::function<Result<std::vector<MigrationStep>>(AccountStore&)> job = [](AccountStore& store) {
        return store.plan(ReadRows::yes);
    };
    auto steps = co_await ask<std::vector<MigrationStep>>(std::move(job), Effect::reads, by);
    co_return steps;
}

Task<Outcome<std::vector<MigrationStep>>> AccountAdmin::apply_schema(Deadline by) {
    std::function<Result<std::vector<MigrationStep>>(AccountStore&)> job =
        [](AccountStore& store) -> Result<std::vector<MigrationStep>> {
        if (auto done = store.migrate(); !done) return std::unexpected(std::move(done).error());
        return store.plan(ReadRows::yes);
    };
    auto steps = co_await ask<std::vector<MigrationStep>>(std::move(job), Effect::changes, by);
    co_return steps;
}

}  // namespace gatehouse::session
