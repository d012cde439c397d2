#include "proto/schema.hpp"

#include <limits>

#include "proto/json.hpp"

namespace gatehouse::proto {

namespace {
constexpr std::size_t kMostSteps = 1000;
constexpr std::size_t kMostFound = 1000;
constexpr std::size_t kMostStatements = 2000;  // 1024 throttle slots may be inserted one by one
}  // namespace

std::string to_json(const SchemaPlan& plan) {
    JsonWriter out(1024);
    out.begin_object();
    out.begin_array("steps");
    for (const SchemaStep& step : plan.steps) {
        out.begin_object();
        out.number("version", step.version);
        out.text("name", step.name);
        out.flag("applied", step.applied);
        out.begin_array("found");
        for (const std::string& line : step.found) out.element(line);
        out.end_array();
        out.begin_array("statements");
        for (const std::string& statement : step.statements) out.element(statement);
        out.end_array();
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<SchemaPlan> schema_plan_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    SchemaPlan plan;
    for (const JsonObjectView& object : reader.root().objects("steps", kMostSteps)) {
        SchemaStep step;
        const std::int64_t version = object.number("version");
        if (version < 0 || version > std::numeric_limits<int>::max()) reader.wrong("version", "is out of range");
        step.version = static_cast<int>(version);
        step.name = object.text("name");
        step.applied = object.flag("applied");
        step.found = object.texts("found", kMostFound);  // an older service sends none
        step.statements = object.texts("statements", kMostStatements);
        plan.steps.push_back(std::move(step));
    }
    return reader.finish(std::move(plan));
}

}  // namespace gatehouse::proto
