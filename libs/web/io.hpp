// What one read or write of a socket came to.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace gatehouse::web {

struct Io {
    enum class State : std::uint8_t { done, would_block, ended };  // ended: end of stream, or the connection is lost
    State state;
    std::size_t bytes = 0;
};

// What a system call on a socket returns once no signal interrupts it: it would be taken for "nothing there", and what
// is there is told only once.
template <class Call>
[[nodiscard]] auto uninterrupted(Call call) noexcept {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

}  // namespace gatehouse::web
