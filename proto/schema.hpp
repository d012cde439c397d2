// Messages of schema administration in the internal API (scope `admin`).
//
//     GET  /v1/schema         -> SchemaPlan
//     POST /v1/schema/apply   -> SchemaPlan, all of it applied
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatehouse::proto {

struct SchemaStep {
    int version = 0;
    std::string name;
    bool applied = false;
    std::vector<std::string> found;       // what another program left, and how it is understood; for people
    std::vector<std::string> statements;  // SQL
    friend bool operator==(const SchemaStep&, const SchemaStep&) = default;
};

struct SchemaPlan {
    std::vector<SchemaStep> steps;  // in the order in which they are applied
    friend bool operator==(const SchemaPlan&, const SchemaPlan&) = default;
};
[[nodiscard]] std::string to_json(const SchemaPlan& plan);
[[nodiscard]] Result<SchemaPlan> schema_plan_from_json(std::string_view body);

}  // namespace gatehouse::proto
