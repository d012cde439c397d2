#include "proto/health.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {
namespace {

Dependency read(JsonReader& reader, const JsonObjectView& object, std::string_view name) {
    const std::string text = object.text(name);
    if (text == to_string(Dependency::connected)) return Dependency::connected;
    if (text != to_string(Dependency::unavailable)) reader.wrong(name, "is neither connected nor unavailable");
    return Dependency::unavailable;
}

}  // namespace

std::string_view to_string(Dependency state) noexcept {
    return state == Dependency::connected ? "connected" : "unavailable";
}

std::string to_json(const Health& health) {
    JsonWriter out(96);
    out.begin_object();
    out.text("status", health.healthy() ? "healthy" : "unhealthy");
    out.text("database", to_string(health.database));
    out.text("sessions", to_string(health.sessions));
    out.end_object();
    return std::move(out).take();
}

Result<Health> health_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    Health health{read(reader, object, "database"), read(reader, object, "sessions")};
    return reader.finish(health);
}

}  // namespace gatehouse::proto
