// Where Redis is and how long we wait for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/settings.hpp"

namespace gatehouse::redis {

struct Options {
    Endpoint endpoint;
    std::string user;  // empty with a password: the default user
    Secret password;   // empty: no AUTH
    unsigned database = 0;
    std::chrono::milliseconds connect_timeout{500};  // name, connection and log-in together
    std::chrono::milliseconds command_timeout{300};  // the longest a command waits, whatever its caller's deadline
    std::size_t max_in_flight = 16384;               // commands without an answer; one more is `overloaded`
    std::size_t max_reply_bytes = 4UL << 20;         // a longer reply closes the connection

    [[nodiscard]] Options copy() const;  // for the next loop's client
};

// REDIS_URL: `redis://[[user]:password@]host[:port][/db]` or `unix://[[user]:password@]/path[?db=N]`; user and password
// percent-encoded. invalid_input says what is wrong without repeating the URL, which holds a password. `rediss://` is
// refused: Debian 12's hiredis has no TLS.
[[nodiscard]] Result<Options> parse_redis_url(std::string_view url);

}  // namespace gatehouse::redis
