// What Redis answers (RESP2), in memory of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::redis {

struct Reply {
    // `error` occurs only inside arrays: a command's own error reply is an Error (client.hpp).
    enum class Kind : std::uint8_t { nil, status, string, integer, array, error };

    Kind kind = Kind::nil;
    std::int64_t integer = 0;
    std::string text;             // of status, string and error: any bytes
    std::vector<Reply> elements;  // of array

    [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
};

}  // namespace gatehouse::redis
