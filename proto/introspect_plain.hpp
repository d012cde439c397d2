// The two messages of a check as our own writer makes them, and others with their members in that order, read without a
// document (plain_json.hpp says why).
#pragma once

#include <optional>
#include <string_view>

#include "proto/introspect.hpp"

namespace gatehouse::proto {

// Empty: written otherwise, or wrong; the general readers of introspect.hpp tell. What is not empty is what they
// would have read, and borrows `body`.
[[nodiscard]] std::optional<IntrospectQuestion> read_plain_question(std::string_view body);
[[nodiscard]] std::optional<IntrospectAnswerView> read_plain_answer(std::string_view body);

}  // namespace gatehouse::proto
