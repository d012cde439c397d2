// The name of every environment variable that a Gatehouse binary reads. One list for all of them: a gateway must not
// call the session service's variables unknown, as both may share one .env file.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::proto {

// Sorted by service and subject, each once; .env.example says what each means (a test keeps the two the same). Secrets
// stand there with their _FILE form. The views live as long as the process.
[[nodiscard]] std::span<const std::string_view> known_variables() noexcept;

}  // namespace gatehouse::proto
