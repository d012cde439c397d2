// A user agent in two words, for the list of somebody's sessions: enough to recognise one's own, too little to track
// by.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::session {

// "Firefox on Linux", "Chrome", "curl", "other"; empty for an empty user agent. At most 32 bytes, ASCII.
[[nodiscard]] std::string client_class(std::string_view user_agent);

}  // namespace gatehouse::session
