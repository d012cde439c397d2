#include "proto/sessions.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {

namespace {
constexpr std::size_t kMostListed = 1000;  // a user has at most 50
}

std::string to_json(const SessionList& list) {
    JsonWriter out(64 + 192 * list.sessions.size());
    out.begin_object();
    out.begin_array("sessions");
    for (const SessionSummary& session : list.sessions) {
        out.begin_object();
        out.text("sid", session.sid);
        out.number("created_at", session.created_at);
        out.number("touched_at", session.touched_at);
        out.number("absolute_end", session.absolute_end);
        out.number("expires_in", session.expires_in);
        out.text("client", session.client);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<SessionList> session_list_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    SessionList list;
    for (const JsonObjectView& object : reader.root().objects("sessions", kMostListed)) {
        SessionSummary session;
        session.sid = object.text("sid");
        session.created_at = object.number("created_at");
        session.touched_at = object.number("touched_at");
        session.absolute_end = object.number("absolute_end");
        session.expires_in = object.number("expires_in");
        session.client = object.text("client");
        list.sessions.push_back(std::move(session));
    }
    return reader.finish(std::move(list));
}

std::string to_json(const RevokeSessions& revoke) {
    JsonWriter out(48);
    out.begin_object();
    if (revoke.sid) {
        out.text("sid", *revoke.sid);
    } else {
        out.flag("all", true);
    }
    out.end_object();
    return std::move(out).take();
}

Result<RevokeSessions> revoke_sessions_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    RevokeSessions revoke;
    if (object.has("sid")) revoke.sid = object.text("sid");
    if (object.flag("all", false) == revoke.sid.has_value())
        reader.wrong("sid", "or \"all\":true is needed, and not both");
    return reader.finish(std::move(revoke));
}

}  // namespace gatehouse::proto
