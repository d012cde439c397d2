// What the migrations of both dialects have in common: steps in the order of their versions, and which are missing.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "session/accounts/account.hpp"
#include "session/accounts/schema_options.hpp"

namespace gatehouse::session {

struct SchemaStep {
    int version;
    std::string_view name;
    std::vector<std::string> statements;
    std::vector<std::string> found = {};  // what is there already, for people
    LibraryTables part_of = LibraryTables::off;
};

[[nodiscard]] bool wanted(const SchemaStep& step, const SchemaOptions& options);

// Every wanted step, and whether it is among `applied`.
[[nodiscard]] std::vector<MigrationStep> plan_of(const std::vector<SchemaStep>& steps, const std::set<int>& applied,
                                                 const SchemaOptions& options);

// invalid_input: `applied` has a version that `steps` do not know.
[[nodiscard]] Result<std::set<int>> known_versions(std::set<int> applied, const std::vector<SchemaStep>& steps);

// invalid_input, with what was found: the table is somebody else's.
[[nodiscard]] std::unexpected<Error> not_ours(std::string_view table, const std::set<std::string>& columns);

}  // namespace gatehouse::session
