#include "proto/lockouts.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {

std::string to_json(const LockoutList& list) {
    JsonWriter out(64 + 160 * list.lockouts.size());
    out.begin_object();
    out.begin_array("lockouts");
    for (const LockoutSummary& lockout : list.lockouts) {
        out.begin_object();
        out.text("key", lockout.key);
        if (lockout.user_id) out.number("user_id", *lockout.user_id);
        if (lockout.email) out.text("email", *lockout.email);
        out.number("failures", lockout.failures);
        out.number("retry_after", lockout.retry_after);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<LockoutList> lockout_list_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    LockoutList list;
    for (const JsonObjectView& object : reader.root().objects("lockouts", kLockoutsMost)) {
        LockoutSummary lockout;
        lockout.key = object.text("key");
        if (object.has("user_id")) lockout.user_id = object.number("user_id");
        if (object.has("email")) lockout.email = object.text("email");
        lockout.failures = object.count("failures");
        lockout.retry_after = object.number("retry_after");
        list.lockouts.push_back(std::move(lockout));
    }
    return reader.finish(std::move(list));
}

std::string to_json(const ClearLockout& clear) {
    JsonWriter out;
    out.begin_object();
    out.text("email", clear.email);
    out.end_object();
    return std::move(out).take();
}

Result<ClearLockout> clear_lockout_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    ClearLockout clear{reader.root().text("email")};
    return reader.finish(std::move(clear));
}

std::string to_json(const LockoutCleared& cleared) {
    JsonWriter out(32);
    out.begin_object();
    out.number("attempts", cleared.attempts);
    out.end_object();
    return std::move(out).take();
}

Result<LockoutCleared> lockout_cleared_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    LockoutCleared cleared{reader.root().count("attempts")};
    return reader.finish(cleared);
}

}  // namespace gatehouse::proto
