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

using proto::IntrospectAnswerWriter;
using proto::IntrospectQuestion;

// What was asked: of each item the hash that names it in its answer, and the keys of those that are tokens at all. What
// is no token was never stored: inactive without a look.
struct Question {
    struct Item {
        crypto::TokenHash hash;
        bool is_token;
    };
    std::vector<Item> items;
    std::vector<SessionKey> keys;
};

Question question(const IntrospectQuestion& asked) {
    Question q;
    q.items.reserve(asked.items.size());
    q.keys.reserve(asked.items.size());
    for (const IntrospectQuestion::Item& item : asked.items) {
        const auto key = session_key_of(item.token);
        q.items.push_back({key ? key->hash : crypto::hash_token(item.token), key.has_value()});
        if (key) q.keys.push_back(*key);
    }
    return q;
}

// Writes one lookup's answer; the session that is alive is touched if the caller wants that.
struct Answering {
    Services& services;
    const SessionKey& key;
    proto::Touch touch;
    SystemTime now;
    std::string_view ref;
    IntrospectAnswerWriter& answer;
    std::optional<Error>& why;

    std::string_view operator()(const Session& session) const {
        if (touch == proto::Touch::yes) services.touch.used(key, session, now);
        proto::ActiveView active;
        active.user = {static_cast<std::int64_t>(session.user.id), session.user.full_name, session.user.email,
                       session.user.role};
        active.sid = session.sid.view();
        active.iat = unix_seconds(session.created_at);
        active.exp = unix_seconds(session.touched_at + session.expires_in);
        answer.add(ref, active);
        services.metrics.introspection(Introspection::active);
        return "active";
    }
    std::string_view operator()(Absent) const {
        answer.add(ref, proto::Inactive{});
        services.metrics.introspection(Introspection::inactive);
        return "inactive";
    }
    std::string_view operator()(Unavailable& unavailable) const {
        answer.add(ref, proto::ErrorCode::sessions_unavailable);
        why = std::move(unavailable.why);
        services.metrics.introspection(Introspection::unavailable);
        return "unavailable";
    }
};

// A batch carries requests of many clients: each is found by the id and the trace that the gateway gave it.
void log_item(const web::Request& request, const IntrospectQuestion::Item& item, std::string_view ref,
              std::string_view outcome) {
    const bool own_id = web::is_request_id(item.request_id);
    const bool own_trace = web::is_traceparent(item.traceparent);
    log::debug("session.introspected",
               {{"request_id", own_id ? item.request_id : std::string_view(request.request_id)},
                {"trace_id", own_trace ? web::trace_id_of(item.traceparent) : web::trace_id_of(request)},
                {"ref", ref},
                {"outcome", outcome}});
}

// The answer to `asked`. `why`: of a lookup that could not be answered, the last one's.
std::string answer_to(const web::Request& request, const IntrospectQuestion& asked, const Question& q,
                      std::vector<Lookup>& lookups, Services& services, std::optional<Error>& why) {
    const bool logged = log::writes(log::Level::debug);
    const SystemTime now = system_clock().now();
    IntrospectAnswerWriter answer(asked.shape, asked.items.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < q.items.size(); ++i) {
        const auto digits = crypto::short_digits(q.items[i].hash);
        const std::string_view ref(digits.data(), digits.size());
        std::string_view outcome = "inactive";
        if (q.items[i].is_token) {
            const Answering answering{services, q.keys[next], asked.touch, now, ref, answer, why};
            outcome = std::visit(answering, lookups.at(next++));
        } else {
            answer.add(ref, proto::Inactive{});
        }
        if (logged) log_item(request, asked.items[i], ref, outcome);
    }
    return std::move(answer).take();
}

}  // namespace

Task<ApiResult> introspect_sessions(const web::Request& request, Services& services) {
    const auto asked = proto::introspect_question_from_json(request.body);
    if (!asked) co_return bad_request(asked.error());
    if (asked->items.size() > services.config.introspect_batch) {
        co_return proto::refuse(proto::ErrorCode::invalid_request, "too many items", "items has too many elements");
    }
    const Question q = question(*asked);
    std::vector<Lookup> lookups;
    if (!q.keys.empty()) lookups = co_await services.sessions.find(q.keys, request.deadline);
    std::optional<Error> why;
    std::string answer = answer_to(request, *asked, q, lookups, services, why);
    if (why) {
        // A single question that cannot be answered is a failure like any other; in a batch the others still have
        // answers.
        auto failure = sessions_failed(*std::move(why));
        if (asked->shape == proto::Shape::single) co_return std::move(failure);
        log_failure(request, failure.error());
    }
    co_return json(std::move(answer));
}

}  // namespace gatehouse::session
