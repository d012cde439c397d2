#include "session/accounts/schema_steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gatehouse::session {

bool wanted(const SchemaStep& step, const SchemaOptions& options) {
    return step.part_of == LibraryTables::off || options.library == LibraryTables::on;
}

std::vector<MigrationStep> plan_of(const std::vector<SchemaStep>& steps, const std::set<int>& applied,
                                   const SchemaOptions& options) {
    std::vector<MigrationStep> plan;
    for (const SchemaStep& step : steps) {
        if (!wanted(step, options)) continue;
        plan.push_back({.version = step.version,
                        .name = std::string(step.name),
                        .found = step.found,
                        .statements = step.statements,
                        .applied = applied.contains(step.version)});
    }
    return plan;
}

Result<std::set<int>> known_versions(std::set<int> applied, const std::vector<SchemaStep>& steps) {
    if (applied.empty() || *applied.rbegin() <= steps.back().version) return applied;
    return fail(Errc::invalid_input,
                fmt::format("the database is at schema version {}, this program knows {}: it is older than the data",
                            *applied.rbegin(), steps.back().version));
}

std::unexpected<Error> not_ours(std::string_view table, const std::set<std::string>& columns) {
    return fail(Errc::invalid_input, fmt::format("the database has a {} table that is not Gatehouse's, with the "
                                                 "columns {}; nothing was changed",
                                                 table, fmt::join(columns, ", ")));
}

}  // namespace gatehouse::session
