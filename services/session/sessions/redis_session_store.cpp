#include "session/sessions/redis_session_store.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "session/sessions/redis_session_scripts.hpp"
#include "session/sessions/session_record.hpp"

namespace gatehouse::session {
namespace {

using redis::Reply;

std::string hash_of(const SessionKey& key) { return crypto::hex(crypto::view(key.hash.bytes)); }

// The names of one user's keys.
class Names {
public:
    explicit Names(const crypto::Tag& tag) : base_("gh:{") {
        base_ += tag.view();
        base_ += "}:";
    }
    explicit Names(UserId user) : Names(tag_of(user)) {}

    // The two that a check needs, into memory that is there already.
    static void of_check(const SessionKey& key, std::string& record, std::string& epoch) {
        const auto digits = crypto::hex_digits(key.hash.bytes);
        record.assign("gh:{").append(key.tag.view()).append("}:s:").append(digits.data(), digits.size());
        epoch.assign(record, 0, record.size() - digits.size() - 2).append("e");
    }

    [[nodiscard]] std::string prefix() const { return base_ + "s:"; }
    [[nodiscard]] std::string record(std::string_view hash) const { return (base_ + "s:").append(hash); }
    [[nodiscard]] std::string index() const { return base_ + "u"; }
    [[nodiscard]] std::string epoch() const { return base_ + "e"; }

private:
    std::string base_;
};

std::unexpected<Error> not_understood(std::source_location where = std::source_location::current()) {
    return fail(Errc::protocol, "redis answered something else than was asked", where);
}

Result<std::int64_t> integer_of(Result<Reply> reply) {
    if (!reply) return std::unexpected(std::move(reply).error());
    if (!reply->is(Reply::Kind::integer)) return not_understood();
    return reply->integer;
}

// Of one record and its user's epoch. `epoch`: nil or empty when none is stored.
Lookup look_at(const Reply& record, const Reply& epoch, std::string sid) {
    if (record.is(Reply::Kind::nil)) return Absent{};
    auto session = read_record(record.text, std::move(sid));
    if (!session) return Unavailable{std::move(session).error()};
    if (epoch.text.empty()) return std::move(*session);
    const auto stored = read_epoch(epoch.text);
    if (!stored) return Unavailable{stored.error()};
    if (session->user.epoch < *stored) return Absent{};
    return std::move(*session);
}

Lookup look_at(Result<Reply> reply, std::string sid) {
    if (!reply) return Unavailable{std::move(reply).error()};
    if (!reply->is(Reply::Kind::array) || reply->elements.size() != 2) return Unavailable{not_understood().error()};
    return look_at(reply->elements[0], reply->elements[1], std::move(sid));
}

class RedisSessionStore final : public SessionStore {
public:
    RedisSessionStore(redis::Client& client, SessionLimits limits) : client_(client), limits_(limits) {}

    Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline by) override {
        redis::Commands commands;
        std::string record;
        std::string epoch;
        for (const auto& key : keys) {
            Names::of_check(key, record, epoch);
            commands.add({"MGET", record, epoch});
        }
        auto replies = co_await client_.pipeline(std::move(commands), by);
        std::vector<Lookup> answers;
        answers.reserve(replies.size());
        for (std::size_t i = 0; i < replies.size(); ++i) {
            answers.push_back(look_at(std::move(replies[i]), crypto::short_name(keys[i].hash.bytes)));
        }
        co_return std::move(answers);
    }

    Task<Creation> create(NewSession session, std::vector<SessionKey> replaced, Deadline by) override {
        const Names names(session.key.tag);
        const std::string hash = hash_of(session.key);
        const auto absolute = std::chrono::milliseconds(session.absolute);
        const auto idle = std::chrono::milliseconds(session.idle);
        std::vector<std::string> keys{names.record(hash), names.index(), names.epoch()};
        std::vector<std::string> arguments{epoch_text(session.user.epoch),
                                           std::to_string(idle.count()),
                                           std::to_string(absolute.count()),
                                           facts_members(session.user) + client_member(session.client),
                                           std::to_string(limits_.per_user),
                                           hash,
                                           names.prefix()};
        for (const auto& old : replaced) {
            if (old.tag == session.key.tag) {
                keys.push_back(names.record(hash_of(old)));
                arguments.push_back(hash_of(old));
                continue;
            }
            // Another user's: no script may touch it together with ours. It ends before there is a new session.
            auto ended = co_await revoke(old, by);
            if (!ended) co_return Unavailable{std::move(ended).error()};
        }
        auto reply = co_await client_.eval(scripts::create, std::move(keys), std::move(arguments), by);
        co_return created(std::move(session), std::move(reply));
    }

    Task<Result<bool>> touch(SessionKey key, std::optional<UserFacts> facts, Deadline by) override {
        const Names names(key.tag);
        const std::string hash = hash_of(key);
        std::vector<std::string> keys{names.record(hash), names.index(), names.epoch()};
        std::vector<std::string> arguments{facts ? epoch_text(facts->epoch) : "", facts ? facts_members(*facts) : "",
                                           hash};
        auto reply = co_await client_.eval(scripts::touch, std::move(keys), std::move(arguments), by);
        co_return yes_or_no(std::move(reply));
    }

    Task<Result<void>> revoke(SessionKey key, Deadline by) override {
        const Names names(key.tag);
        const std::string hash = hash_of(key);
        std::vector<std::string> keys{names.record(hash), names.index()};
        std::vector<std::string> arguments{hash};
        auto reply = co_await client_.eval(scripts::revoke, std::move(keys), std::move(arguments), by);
        auto ended = integer_of(std::move(reply));
        if (!ended) co_return std::unexpected(std::move(ended).error());
        co_return Result<void>{};
    }

    Task<Result<bool>> revoke(UserId user, std::string sid, Deadline by) override {
        const Names names(user);
        std::vector<std::string> keys{names.index()};
        std::vector<std::string> arguments{names.prefix(), std::move(sid)};
        auto reply = co_await client_.eval(scripts::revoke_sid, std::move(keys), std::move(arguments), by);
        co_return yes_or_no(std::move(reply));
    }

    Task<Result<unsigned>> revoke_all(UserId user, Epoch epoch, Deadline by) override {
        const Names names(user);
        const auto kept = std::chrono::milliseconds(limits_.absolute + std::chrono::hours(1));
        std::vector<std::string> keys{names.index(), names.epoch()};
        std::vector<std::string> arguments{epoch_text(epoch), std::to_string(kept.count()), names.prefix()};
        auto reply = co_await client_.eval(scripts::revoke_all, std::move(keys), std::move(arguments), by);
        auto ended = integer_of(std::move(reply));
        if (!ended) co_return std::unexpected(std::move(ended).error());
        co_return static_cast<unsigned>(*ended);
    }

    Task<Result<std::vector<Session>>> list(UserId user, Deadline by) override {
        const Names names(user);
        std::vector<std::string> keys{names.index(), names.epoch()};
        std::vector<std::string> arguments{names.prefix()};
        auto reply = co_await client_.eval(scripts::list, std::move(keys), std::move(arguments), by);
        co_return listed(std::move(reply));
    }

    Task<Result<void>> ping(Deadline by) override {
        redis::Commands write({"SET", "gh:ping", "1", "PX", "1000"});
        auto reply = co_await client_.command(std::move(write), by);
        if (!reply) co_return std::unexpected(std::move(reply).error());
        co_return Result<void>{};
    }

    [[nodiscard]] std::string run_id() const override { return client_.run_id(); }

private:
    static Creation created(NewSession session, Result<Reply> reply) {
        if (!reply) return Unavailable{std::move(reply).error()};
        if (reply->elements.size() != 2) return Unavailable{not_understood().error()};
        const auto& verdict = reply->elements[0].text;
        const auto& value = reply->elements[1].text;
        if (verdict == "stale") {
            const auto stored = read_epoch(value);
            if (!stored) return Unavailable{stored.error()};
            return StaleEpoch{*stored};
        }
        const auto now = parse_number<std::int64_t>(value);
        if (verdict != "created" || !now || *now <= 0) return Unavailable{not_understood().error()};
        Session made;
        made.sid = crypto::short_name(session.key.hash.bytes);
        made.user = std::move(session.user);
        made.client = session.client.substr(0, 32);
        made.created_at = made.touched_at = SystemTime(std::chrono::milliseconds(*now));
        made.absolute_end = made.created_at + session.absolute;
        made.expires_in = std::min(session.idle, session.absolute);
        return Created{std::move(made)};
    }

    static Result<bool> yes_or_no(Result<Reply> reply) {
        auto count = integer_of(std::move(reply));
        if (!count) return std::unexpected(std::move(count).error());
        return *count > 0;
    }

    static Result<std::vector<Session>> listed(Result<Reply> reply) {
        if (!reply) return std::unexpected(std::move(reply).error());
        if (reply->elements.size() != 3) return not_understood();
        const auto& epoch = reply->elements[0];
        const auto& hashes = reply->elements[1].elements;
        const auto& records = reply->elements[2].elements;
        if (hashes.size() != records.size()) return not_understood();
        Result<std::vector<Session>> sessions;
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            auto found = look_at(records[i], epoch, sid_of(hashes[i].text));
            if (auto* away = std::get_if<Unavailable>(&found)) return std::unexpected(std::move(away->why));
            if (auto* session = std::get_if<Session>(&found)) sessions->push_back(std::move(*session));
        }
        std::ranges::sort(*sessions, std::ranges::greater{}, &Session::created_at);
        return sessions;
    }

    redis::Client& client_;
    const SessionLimits limits_;
};

}  // namespace

std::unique_ptr<SessionStore> make_redis_session_store(redis::Client& client, SessionLimits limits) {
    return std::make_unique<RedisSessionStore>(client, limits);
}

}  // namespace gatehouse::session
