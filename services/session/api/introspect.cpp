#include "proto/introspect.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "session/api/handlers.hpp"
#include "session/failure_log.hpp"
#include "session/metrics.hpp"
#include "session/sessions/touch.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::session {
namespace {

using proto::IntrospectAnswer;
using proto::IntrospectRequest;
using proto::IntrospectResult;

// What was asked: the keys to look up, and for each of them which item it is of.
struct Question {
    IntrospectAnswer answer;  // refs filled in, all inactive
    std::vector<SessionKey> keys;
    std::vector<std::size_t> item_of_key;
};

Question question(const IntrospectRequest& asked) {
    Question q;
    q.answer.shape = asked.shape;
    q.answer.items.resize(asked.items.size());
    q.keys.reserve(asked.items.size());
    q.item_of_key.reserve(asked.items.size());
    for (std::size_t i = 0; i < asked.items.size(); ++i) {
        const std::string_view text = asked.items[i].token.view();
        const auto key = session_key_of(text);  // else never stored: inactive without a look
        q.answer.items[i].ref = crypto::short_name(key ? key->hash.bytes : crypto::blake2b_256(text));
        if (!key) continue;
        q.keys.push_back(*key);
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

    void operator()(Session& session) const {
        if (touch == proto::Touch::yes) services.touch.used(key, session);
        proto::Active active;
        active.user = {static_cast<std::int64_t>(session.user.id), std::move(session.user.full_name),
                       std::move(session.user.email), std::move(session.user.role)};
        active.sid = std::move(session.sid);
        active.iat = unix_seconds(session.created_at);
        active.exp = unix_seconds(session.touched_at + session.expires_in);
        result.state = std::move(active);
        services.metrics.introspection(Introspection::active);
    }
    void operator()(Absent) const { services.metrics.introspection(Introspection::inactive); }
    void operator()(Unavailable& unavailable) const {
        result.state = proto::ErrorCode::sessions_unavailable;
        why = std::move(unavailable.why);
        services.metrics.introspection(Introspection::unavailable);
    }
};

std::string_view outcome_of(const IntrospectResult& result) noexcept {
    if (std::holds_alternative<proto::Active>(result.state)) return "active";
    return std::holds_alternative<proto::Inactive>(result.state) ? "inactive" : "unavailable";
}

// A batch carries requests of many clients: each is found by the id and the trace that the gateway gave it.
void log_items(const web::Request& request, const IntrospectRequest& asked, const IntrospectAnswer& answer) {
    for (std::size_t i = 0; i < answer.items.size(); ++i) {
        const proto::IntrospectItem& item = asked.items[i];
        const bool own_id = web::is_request_id(item.request_id);
        const bool own_trace = web::is_traceparent(item.traceparent);
        log::debug("session.introspected",
                   {{"request_id", own_id ? item.request_id : request.request_id},
                    {"trace_id", own_trace ? web::trace_id_of(item.traceparent) : web::trace_id_of(request)},
                    {"ref", answer.items[i].ref},
                    {"outcome", outcome_of(answer.items[i])}});
    }
}

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
        auto lookups = co_await services.sessions.find(q.keys, request.deadline);
        for (std::size_t i = 0; i < lookups.size(); ++i) {
            std::visit(Answering{services, q.keys[i], asked->touch, q.answer.items[q.item_of_key[i]], why}, lookups[i]);
        }
    }
    if (log::writes(log::Level::debug)) log_items(request, *asked, q.answer);
    if (why) {
        // A single question that cannot be answered is a failure like any other; in a batch the others still have
        // answers.
        auto failure = sessions_failed(*std::move(why));
        if (asked->shape == proto::Shape::single) co_return std::move(failure);
        log_failure(request, failure.error());
    }
    co_return json(to_json(q.answer));
}

}  // namespace gatehouse::session
