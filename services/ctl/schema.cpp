#include "proto/schema.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "ctl/table.hpp"

namespace gatehouse::ctl {

namespace {

std::string plan_text(const proto::SchemaPlan& plan) {
    std::string out;
    for (const auto& step : plan.steps) {
        if (step.applied) continue;
        out += fmt::format("{} {}\n", step.version, step.name);
        for (const auto& line : step.found) out += fmt::format("    -- {}\n", line);
        for (const auto& statement : step.statements) out += fmt::format("    {};\n", statement);
    }
    const auto missing = std::ranges::count(plan.steps, false, &proto::SchemaStep::applied);
    if (missing == 0) return fmt::format("The database is up to date ({} steps).\n", plan.steps.size());
    return out + fmt::format("{} of {} steps to apply: gatehousectl db apply\n", missing, plan.steps.size());
}

}  // namespace

Answer<> run(const DbPlan&, Api& api, Context& context) {
    const auto plan = understood(api.get("/v1/schema"), &proto::schema_plan_from_json);
    if (!plan) return std::unexpected(plan.error());
    context.print(to_json(*plan), plan_text(*plan));
    return {};
}

Answer<> run(const DbApply&, Api& api, Context& context) {
    const auto plan = understood(api.post("/v1/schema/apply"), &proto::schema_plan_from_json);
    if (!plan) return std::unexpected(plan.error());
    context.print(to_json(*plan), plan_text(*plan));
    return {};
}

}  // namespace gatehouse::ctl
