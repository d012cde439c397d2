#include "proto/introspect.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "session/api/handlers.hpp"
#include "session/metrics.hpp"
#include "session/sessions/touch.hpp"

namespace gatehouse::session {
namespace {

using proto::IntrospectAnswer;
using proto::IntrospectRequest;
using proto::IntrospectResult;

constexpr std::size_t kRefBytes = 8;

// What was asked: the keys to look up, and for each item which of them is its own.
struct Question {
    IntrospectAnswer answer;  // refs filled in, all inactive
    std::vector<SessionKey> keys;
    std::vector<std::size_t> item_of_key;
};

std::string ref_of(std::string_view digest) { return crypto::hex(digest.substr(0, kRefBytes)); }

Question question(const IntrospectRequest& asked) {
    Question q;
    q.answer.shape = asked.shape;
    q.answer.items.resize(asked.items.size());
    q.keys.reserve(asked.items.size());
    for (std::size_t i = 0; i < asked.items.size(); ++i) {
        const std::string_view text = asked.items[i].token.view();
        const auto token = crypto::token_of_cookie(text);
        const auto tag = token ? crypto::token_tag(*token) : std::nullopt;
        if (!tag) {  // never stored: inactive without a look
            q.answer.items[i].ref = ref_of(crypto::view(crypto::blake2b_256(text)));
            continue;
        }
        const SessionKey key{*tag, crypto::hash_token(*token)};
        q.answer.items[i].ref = ref_of(crypto::view(key.hash.bytes));
        q.keys.push_back(key);
        q.item_of_key.push_back(i);
    }
    return q;
}

// One lookup's answer; the session that is alive is touched if the caller wants that.
struct Answering {
    Services& services;
    const SessionKey& key;
    proto::Touch touch;
    IntrospectResult& result;
    std::optional<Error>& why;

    void operator()(const Session& session) const {
        proto::Active active;
        active.user = {static_cast<std::int64_t>(session.user.id), session.user.full_name, session.user.email,
                       session.user.role};
        active.sid = session.sid;
        active.iat = unix_seconds(session.created_at);
        active.exp = unix_seconds(session.touched_at + session.expires_in);
        result.state = std::move(active);
        services.metrics.introspection(Introspection::active);
        if (touch == proto::Touch::yes) services.touch.used(key, session);
    }
    void operator()(Absent) const { services.metrics.introspection(Introspection::inactive); }
    void operator()(const Unavailable& unavailable) const {
        result.state = proto::ErrorCode::sessions_unavailable;
        why = unavailable.why;
        services.metrics.introspection(Introspection::unavailable);
    }
};

}  // namespace

Task<ApiResult> introspect_sessions(const web::Request& request, Services& services) {
    const auto asked = proto::introspect_request_from_json(request.body);
    if (!asked) co_return bad_request(asked.error());
    if (asked->items.size() > services.config.introspect_batch) {
        co_return proto::refuse(proto::ErrorCode::invalid_request, "too many items", "items has too many elements");
    }
    Question q = question(*asked);
    std::optional<Error> why;
    if (!q.keys.empty()) {
        const auto lookups = co_await services.sessions.find(q.keys, request.deadline);
        for (std::size_t i = 0; i < lookups.size(); ++i) {
            std::visit(Answering{services, q.keys[i], asked->touch, q.answer.items[q.item_of_key[i]], why}, lookups[i]);
        }
    }
    // A single question that cannot be answered is a failure like any other; in a batch the others still have answers.
    if (why && asked->shape == proto::Shape::single) co_return sessions_failed(*std::move(why));
    co_return json(to_json(q.answer));
}

}  // namespace gatehouse::session
