#include <algorithm>

#include "proto/schema.hpp"
#include "session/api/admin_common.hpp"
#include "session/api/admin_routes.hpp"

namespace gatehouse::session {

namespace {

web::Response shown(std::vector<MigrationStep> steps) {
    proto::SchemaPlan plan;
    for (MigrationStep& step : steps) {
        plan.steps.push_back({.version = step.version,
                              .name = std::move(step.name),
                              .applied = step.applied,
                              .found = std::move(step.found),
                              .statements = std::move(step.statements)});
    }
    return json(to_json(plan));
}

}  // namespace

Task<ApiResult> get_schema(const web::Request& request, Services& services) {
    AccountAdmin admin = schema_admin_of(services);
    auto steps = co_await admin.schema(request.deadline);
    if (!steps) co_return std::unexpected(std::move(steps).error());
    co_return shown(std::move(*steps));
}

Task<ApiResult> apply_schema(const web::Request& request, Services& services) {
    AccountAdmin admin = schema_admin_of(services);
    const auto before = co_await admin.schema(request.deadline);
    if (!before) co_return std::unexpected(before.error());
    auto steps = co_await admin.apply_schema(request.deadline);
    if (!steps) co_return std::unexpected(std::move(steps).error());
    log_change("schema.applied", request, UserId{}, std::ranges::count(*before, false, &MigrationStep::applied));
    co_return shown(std::move(*steps));
}

}  // namespace gatehouse::session
