// The embedded list of passwords that are tried first by whoever guesses.
#pragma once

#include <string_view>

namespace gatehouse::session {

// `lower_case`: the password with A-Z lower-cased. Thread-safe.
[[nodiscard]] bool is_common_password(std::string_view lower_case);

}  // namespace gatehouse::session
