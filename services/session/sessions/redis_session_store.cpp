#include "session/sessions/redis_session_store.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "base/put_text.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "session/sessions/redis_session_scripts.hpp"
#include "session/sessions/session_record.hpp"

namespace gatehouse::session {
namespace {

using redis::Reply;

std::string hash_of(const SessionKey& key) {
    const auto text = crypto::base64url(key.hash.bytes);
    return {text.begin(), text.end()};
}

// The names of one user's keys.
class Names {
public:
    explicit Names(const crypto::Tag& tag) : base_("gh:{") {
        base_ += tag.view();
        base_ += "}:";
    }
    explicit Names(UserId user) : Names(tag_of(user)) {}

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

// The two keys that a check needs, as words of a command, without memory of their own.
class CheckKeys {
public:
    static constexpr std::size_t words = 2;

    explicit CheckKeys(const SessionKey& key) noexcept {
        const auto hash = crypto::base64url(key.hash.bytes);
        char* at = put_text(text_.data(), "gh:{");
        at = put_text(at, key.tag.view());
        at = put_text(at, "}:s:");
        put_text(at, {hash.data(), hash.size()});
        at = put_text(epoch_.data(), {text_.data(), kBase});
        put_text(at, "e");
    }

    void append_to(redis::Commands& command) const {
        command.word({text_.data(), text_.size()});
        command.word({epoch_.data(), epoch_.size()});
    }

private:
    static constexpr std::size_t kHash = 22;  // characters: crypto::base64url()
    static constexpr std::size_t kBase = 4 + std::tuple_size_v<decltype(crypto::Tag::text)> + 2;  // gh:{tag}:

    std::array<char, kBase + 2 + kHash> text_;
    std::array<char, kBase + 1> epoch_;
};

// Appends the answer of one record and its user's epoch. `epoch`: nil or empty when none is stored.
void look_at(const Reply& record, const Reply& epoch, Sid sid, std::vector<Lookup>& answers) {
    if (record.is(Reply::Kind::nil)) {
        answers.emplace_back(Absent{});
        return;
    }
    // Read where it stays: a session is large.
    auto& answer = answers.emplace_back(std::in_place_type<Session>);
    auto& session = std::get<Session>(answer);
    session.sid = sid;
    if (auto read = read_record(record.text, session); !read) {
        answer = Unavailable{std::move(read).error()};
        return;
    }
    if (epoch.text.empty()) return;
    const auto stored = read_epoch(epoch.text);
    if (!stored) {
        answer = Unavailable{stored.error()};
    } else if (session.user.epoch < *stored) {
        answer = Absent{};
    }
}

// The answers to one MGET of `keys`, appended.
void look_at(Result<Reply> reply, std::span<const SessionKey> keys, std::vector<Lookup>& answers) {
    if (reply && reply->elements.size() != CheckKeys::words * keys.size()) reply = not_understood();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (reply) {
            look_at(reply->elements[2 * i], reply->elements[2 * i + 1], Sid(keys[i].hash), answers);
        } else {
            answers.emplace_back(Unavailable{reply.error()});
        }
    }
}

void add_mget(redis::Commands& commands, std::span<const SessionKey> keys) {
    constexpr std::size_t bytes_of_a_key = 96;  // with its user's epoch and what a word may need besides
    commands.begin(1 + CheckKeys::words * keys.size(), bytes_of_a_key * keys.size());
    commands.word("MGET");
    for (const SessionKey& key : keys) CheckKeys(key).append_to(commands);
}

class RedisSessionStore final : public SessionStore {
public:
    RedisSessionStore(redis::Client& client, SessionLimits limits) : client_(client), limits_(limits) {}

    // One MGET for all: it costs Redis and us a third of one for each.
    Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline by) override {
        if (one_by_one_) co_return co_await find_one_by_one(keys, by);
        redis::Commands mget;
        add_mget(mget, keys);
        auto reply = co_await client_.command(std::move(mget), by);
        if (!reply && reply.error().detail.starts_with("CROSSSLOT")) {
            one_by_one_ = true;
            co_return co_await find_one_by_one(keys, by);
        }
        std::vector<Lookup> answers;
        answers.reserve(keys.size());
        look_at(std::move(reply), keys, answers);
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
        auto ended = co_await end(Names(key.tag), hash_of(key), by);
        if (!ended) co_return std::unexpected(std::move(ended).error());
        co_return Result<void>{};
    }

    Task<Result<bool>> revoke(UserId user, std::string sid, Deadline by) override {
        const Names names(user);
        redis::Commands members({"ZRANGE", names.index(), "0", "-1"});
        auto hashes = co_await client_.command(std::move(members), by);
        if (!hashes) co_return std::unexpected(std::move(hashes).error());
        for (const Reply& member : hashes->elements) {
            const auto hash = crypto::token_hash_of(member.text);
            if (hash && Sid(*hash).view() == sid) co_return co_await end(names, member.text, by);
        }
        co_return false;
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
    // False: there was no such session.
    Task<Result<bool>> end(Names names, std::string hash, Deadline by) {
        std::vector<std::string> keys{names.record(hash), names.index()};
        std::vector<std::string> arguments{std::move(hash)};
        auto reply = co_await client_.eval(scripts::revoke, std::move(keys), std::move(arguments), by);
        co_return yes_or_no(std::move(reply));
    }

    // A cluster's node takes the keys of one user at a time.
    Task<std::vector<Lookup>> find_one_by_one(std::span<const SessionKey> keys, Deadline by) {
        redis::Commands mgets;
        for (std::size_t i = 0; i < keys.size(); ++i) add_mget(mgets, keys.subspan(i, 1));
        auto replies = co_await client_.pipeline(std::move(mgets), by);
        std::vector<Lookup> answers;
        answers.reserve(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) look_at(std::move(replies[i]), keys.subspan(i, 1), answers);
        co_return std::move(answers);
    }

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
        made.sid = Sid(session.key.hash);
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
        std::vector<Lookup> found;
        found.reserve(hashes.size());
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            const auto hash = crypto::token_hash_of(hashes[i].text);
            if (!hash) continue;  // no token leads to it
            look_at(records[i], epoch, Sid(*hash), found);
        }
        Result<std::vector<Session>> sessions;
        for (Lookup& lookup : found) {
            if (auto* away = std::get_if<Unavailable>(&lookup)) return std::unexpected(std::move(away->why));
            if (auto* session = std::get_if<Session>(&lookup)) sessions->push_back(std::move(*session));
        }
        std::ranges::sort(*sessions, std::ranges::greater{}, &Session::created_at);
        return sessions;
    }

    redis::Client& client_;
    const SessionLimits limits_;
    bool one_by_one_ = false;  // Redis has refused keys of several slots in one command
};

}  // namespace

std::unique_ptr<SessionStore> make_redis_session_store(redis::Client& client, SessionLimits limits) {
    return std::make_unique<RedisSessionStore>(client, limits);
}

}  // namespace gatehouse::session
