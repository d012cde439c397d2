#include "redis/reply_error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace gatehouse::redis {
namespace {

// First words of error replies that say "not now" or "not you": nothing is wrong with the command.
constexpr std::array<std::string_view, 15> kRefusals{"READONLY",    "LOADING",  "NOAUTH",     "WRONGPASS", "NOPERM",
                                                     "MASTERDOWN",  "OOM",      "MISCONF",    "BUSY",      "NOREPLICAS",
                                                     "CLUSTERDOWN", "TRYAGAIN", "UNKILLABLE", "MOVED",     "EXECABORT"};
constexpr std::string_view kTooManyClients = "ERR max number of clients reached";

}  // namespace

Error error_of(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    const bool refused = std::ranges::find(kRefusals, word) != kRefusals.end() || text == kTooManyClients;
    text = text.substr(0, text.find(", with args"));
    return {refused ? Errc::unavailable : Errc::protocol, std::string(text.substr(0, 200)),
            std::source_location::current()};
}

bool is_of_replica(const Error& error) noexcept {
    // Redis 6 has a script's own error in the middle: "ERR Error running script … -READONLY You can't write …".
    return error.detail.starts_with("READONLY ") || error.detail.starts_with("MASTERDOWN ") ||
           error.detail.contains("-READONLY ");
}

}  // namespace gatehouse::redis
