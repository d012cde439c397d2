// What one read or write of a socket came to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::web {

struct Io {
    enum class State : std::uint8_t { done, would_block, ended };  // ended: end of stream, or the connection is lost
    State state;
    std::size_t bytes = 0;
};

}  // namespace gatehouse::web
