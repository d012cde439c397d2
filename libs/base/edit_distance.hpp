// How many letters apart two names are: the "did you mean" of the configuration.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatehouse {

// Levenshtein distance (insert, delete, replace), or `most` + 1 if it is more than `most`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

}  // namespace gatehouse
