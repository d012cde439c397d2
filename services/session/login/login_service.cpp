#include "session/login/login_service.hpp"

#include <tuple>
#include <utility>
#include <variant>

#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "proto/email.hpp"
#include "proto/password_form.hpp"
#include "session/accounts/email_key.hpp"
#include "session/failures.hpp"
#include "session/login/client_class.hpp"

namespace gatehouse::session {
namespace {

using proto::ErrorCode;
using proto::LoginAnswer;
using proto::Outcome;
using proto::refuse;

// What has to be written about a counted attempt is waited for so long, whatever is left of the caller's patience.
constexpr std::chrono::seconds kSettle{2};
// The session store's word that it is up holds for so long: under load one question for many sign-ins. In the moment
// after it went away a right password is verified for nothing, and its attempt taken back; a wrong one counts.
constexpr std::chrono::milliseconds kUpHolds{50};

std::int64_t number(UserId user) { return static_cast<std::int64_t>(user); }

std::vector<SessionKey> keys_of(const std::vector<Secret>& tokens) {
    std::vector<SessionKey> keys;
    for (const Secret& text : tokens) {
        if (const auto key = session_key_of(text.view())) keys.push_back(*key);
    }
    return keys;
}

}  // namespace

struct LoginService::Try {
    Caller caller;
    proto::Client client;
    std::string client_class;
    EmailKey key{};
    Hashing::Password password;
    std::vector<SessionKey> previous;
    std::optional<Hashing::Ticket> ticket;  // until the last hash is done
    std::string logid;

    SteadyTime begun{};

    [[nodiscard]] std::chrono::steady_clock::duration since_begin() const {
        return std::chrono::steady_clock::now() - begun;
    }

    // A security event about this sign-in. Always with the address' keyed hash, by which a refused try, which looks up
    // nobody, is found among those of its user.
    void log(std::string_view event, const Account* account, std::string_view outcome, std::string_view reason,
             std::string_view sid = {}) const {
        const log::Field user = account ? log::Field{"user_id", number(account->id)} : log::Field{"user_id", {}};
        log::info(event, {{"request_id", caller.request_id},
                          {"trace_id", caller.trace_id},
                          {"client_ip", client.ip},
                          user,
                          {"logid", logid},
                          {"outcome", outcome},
                          {"reason", reason},
                          {"sid", sid},
                          {"duration_ms", since_begin()}});
    }
};

Task<Outcome<LoginAnswer>> LoginService::login(proto::LoginRequest request, Caller caller, Deadline by) {
    const auto begun = std::chrono::steady_clock::now();
    auto answer = [&]() -> Outcome<Try> {
        if (request.email.empty()) return refuse(ErrorCode::missing_email);
        if (request.password.empty()) return refuse(ErrorCode::missing_password);
        const auto canonical = proto::canonical_email(request.email);
        if (!canonical) return refuse(ErrorCode::invalid_email);
        if (proto::password_form(request.password.view(), rules_.password_least) != proto::PasswordForm::ok) {
            return refuse(ErrorCode::invalid_password);
        }
        Try who;
        who.begun = begun;
        who.caller = std::move(caller);
        who.client_class = client_class(request.client.user_agent);
        who.client = std::move(request.client);
        who.key = email_key(*canonical);
        who.password = std::make_shared<const Secret>(std::move(request.password));
        who.previous = keys_of(request.previous_tokens);
        who.logid = parts_.logid.mac(crypto::view(who.key)).view();
        return who;
    }();
    if (!answer) {
        parts_.metrics.sign_in(SignIn::invalid_request, {});
        co_return std::unexpected(std::move(answer).error());
    }
    auto signed_in = co_await sign_in(*answer, by);
    const SignIn outcome = signed_in ? SignIn::success : sign_in_outcome(signed_in.error().code);
    parts_.metrics.sign_in(outcome, std::chrono::steady_clock::now() - begun);
    co_return std::move(signed_in);
}

Task<Result<void>> LoginService::session_store_up(const Try& who, Deadline by) {
    if (who.begun < up_until_) co_return Result<void>{};
    auto up = co_await parts_.sessions.ping(by);
    if (up) up_until_ = who.begun + kUpHolds;
    co_return up;
}

Task<Outcome<LoginAnswer>> LoginService::sign_in(Try& who, Deadline by) {
    const auto up = co_await session_store_up(who, by);
    if (!up) co_return sessions_failed(up.error());

    auto ticket = parts_.hashing.admit();
    if (!ticket) co_return refuse(ErrorCode::hashing_busy, "the hashing queue is full");
    who.ticket.emplace(*std::move(ticket));

    auto attempt = co_await count(who, by);
    if (!attempt) co_return std::unexpected(std::move(attempt).error());

    const auto correct = co_await verify(who, attempt->account, by);
    if (!correct) {
        who.ticket.reset();
        co_await withdraw(attempt->id);
        co_return std::unexpected(correct.error());
    }
    const Account* account = attempt->account ? &*attempt->account : nullptr;
    if (!*correct) {
        who.ticket.reset();
        co_await settle(attempt->id, Verdict::failed);
        who.log("signin.failed", account, "failed",
                !account           ? "unknown"
                : !account->active ? "disabled"
                                   : "wrong_password");
        co_return refuse(ErrorCode::invalid_credentials);
    }

    auto opened = co_await open(who, *account, by);
    const bool hash_again =
        opened && rules_.rehash && parts_.hashing.needs_rehash(account->password_hash, *who.password);
    if (!hash_again) who.ticket.reset();
    if (!opened && opened.error().code == ErrorCode::invalid_credentials) {
        co_await settle(attempt->id, Verdict::failed);
        who.log("signin.failed", account, "failed", "changed_meanwhile");
        co_return std::unexpected(std::move(opened).error());
    }
    if (!opened) {
        co_await withdraw(attempt->id);
        co_return std::unexpected(std::move(opened).error());
    }

    const bool settled = co_await settle(attempt->id, Verdict::success);
    who.log("signin.success", account, "success", {}, opened->session.sid.view());
    who.log("session.created", account, "success", {}, opened->session.sid.view());
    // A database that did not take the verdict would not take a hash: the answer has waited long enough.
    if (hash_again && settled) co_await rehash(who, *account, by);

    LoginAnswer answer;
    answer.user = {number(account->id), account->full_name, account->email, account->role};
    answer.token = std::move(opened->token);
    answer.iat = unix_seconds(opened->session.created_at);
    answer.exp = unix_seconds(opened->session.absolute_end);
    co_return answer;
}

Task<Outcome<Attempt>> LoginService::count(Try& who, Deadline by) {
    AttemptSource from{who.client.ip, who.client.user_agent, who.client_class};
    auto job = [accounts = &parts_.accounts, key = who.key, rule = rules_.throttle, from = std::move(from),
                by]() -> Result<Admission> {
        auto admission = accounts->begin_attempt(key, rule, from);
        if (!admission || !by.passed()) return admission;
        // Nobody waits for it any more: what was counted will never be verified.
        if (const auto* attempt = std::get_if<Attempt>(&*admission)) {
            std::ignore = accounts->withdraw_attempt(attempt->id);
        }
        return fail(Errc::timeout, "counting the attempt took too long");
    };
    auto admission = co_await parts_.database.run(std::move(job), by);
    if (!admission) co_return database_failed(std::move(admission).error());
    if (const auto* throttled = std::get_if<Throttled>(&*admission)) {
        who.log("signin.throttled", nullptr, "throttled", {});
        co_return refuse(ErrorCode::rate_limit_exceeded, "too many failed attempts", {}, throttled->retry_after);
    }
    co_return std::get<Attempt>(std::move(*admission));
}

// The same work whether or not there is an account, and whatever its state.
Task<Outcome<bool>> LoginService::verify(Try& who, const std::optional<Account>& account, Deadline by) {
    Candidate candidate = parts_.decoys.candidate(who.key, account);
    const auto matches = co_await parts_.hashing.verify(*who.ticket, std::move(candidate.hash), who.password, by);
    if (!matches) co_return hashing_failed(matches.error());
    const bool accepted = *matches && candidate.may_succeed;
    co_return accepted;
}

Task<Outcome<LoginService::Opened>> LoginService::open(Try& who, Account account, Deadline by) {
    for (int round = 0; round < 2; ++round) {
        const crypto::Tag tag = tag_of(account.id);
        Secret token = crypto::new_token(tag);
        NewSession wanted{{tag, crypto::hash_token(token.view())},
                          {account.id, account.email, account.full_name, account.role, account.epoch},
                          who.client_class,
                          rules_.idle,
                          rules_.absolute};
        auto created = co_await parts_.sessions.create(std::move(wanted), who.previous, by);
        if (auto* down = std::get_if<Unavailable>(&created)) {
            up_until_ = {};
            co_return sessions_failed(down->why);
        }
        if (auto* made = std::get_if<Created>(&created)) co_return Opened{std::move(made->session), std::move(token)};
        if (round > 0) break;
        auto now = co_await account_after_revocation(who, std::move(account), std::get<StaleEpoch>(created).stored, by);
        if (!now) co_return std::unexpected(std::move(now).error());
        account = *std::move(now);
    }
    co_return refuse(ErrorCode::sessions_unavailable, "the session store's epoch is ahead of the database's");
}

// All sessions were ended between counting and creating. May this one still begin? Only if the password is right for
// what the database holds now.
Task<Outcome<Account>> LoginService::account_after_revocation(Try& who, Account verified, Epoch stored, Deadline by) {
    auto load = [accounts = &parts_.accounts, user = verified.id] { return accounts->load_account(user); };
    auto now = co_await parts_.database.run(std::move(load), by);
    if (!now && now.error().code == Errc::not_found) co_return refuse(ErrorCode::invalid_credentials);
    if (!now) co_return database_failed(std::move(now).error());
    if (!now->active) co_return refuse(ErrorCode::invalid_credentials);
    if (now->password_hash != verified.password_hash) {
        const std::optional<Account> changed = *now;
        const auto correct = co_await verify(who, changed, by);
        if (!correct) co_return std::unexpected(correct.error());
        if (!*correct) co_return refuse(ErrorCode::invalid_credentials);
    }
    if (now->epoch >= stored) co_return *std::move(now);
    // The session store is ahead of the database, which was restored from a backup, say: it has to catch up.
    auto raise = [accounts = &parts_.accounts, user = verified.id] { return accounts->raise_epoch(user); };
    const auto raised = co_await parts_.database.run(std::move(raise), by);
    if (!raised) co_return database_failed(raised.error());
    log::warn("epoch.raised", {{"request_id", who.caller.request_id}, {"user_id", number(verified.id)}});
    now->epoch = *raised;
    co_return *std::move(now);
}

// A verdict that cannot be written is no reason to refuse: the pending row ages into a failure.
Task<bool> LoginService::settle(AttemptId attempt, Verdict verdict) {
    auto job = [accounts = &parts_.accounts, attempt, verdict] { return accounts->finish_attempt(attempt, verdict); };
    const auto done = co_await parts_.database.run(std::move(job), Deadline::after(kSettle));
    if (!done) log::failure("attempt.not_settled", done.error());
    co_return done.has_value();
}

Task<> LoginService::withdraw(AttemptId attempt) {
    auto job = [accounts = &parts_.accounts, attempt] { return accounts->withdraw_attempt(attempt); };
    const auto done = co_await parts_.database.run(std::move(job), Deadline::after(kSettle));
    if (!done) log::failure("attempt.not_withdrawn", done.error());
}

Task<> LoginService::rehash(Try& who, Account account, Deadline by) {
    auto fresh = co_await parts_.hashing.hash(*who.ticket, who.password, by);
    if (!fresh) {
        log::failure("password.not_rehashed", fresh.error());
        co_return;
    }
    auto job = [accounts = &parts_.accounts, user = account.id, old = std::move(account.password_hash),
                fresh = *std::move(fresh)] { return accounts->rehash(user, old, fresh); };
    const auto stored = co_await parts_.database.run(std::move(job), by.within(kSettle));
    if (!stored) {
        log::failure("password.not_rehashed", stored.error());
    } else if (*stored) {
        parts_.metrics.rehashed();
    }
}

}  // namespace gatehouse::session
