// One JSON object per line on standard error, one line per event. Callers never wait: lines go through a bounded
// queue to one writer thread (log_writer.hpp); a full queue drops lines and counts them. Warnings and errors leave at
// once, other lines within 25 ms, together.
//
// Process-wide, because standard error is. Before start() and after stop() lines are written at once.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <tuple>
#include <variant>

#include "base/result.hpp"

namespace gatehouse::log {

enum class Level : std::uint8_t { debug, info, warn, error };

// The name of a member: a literal, looked at when it is compiled so that no line has to escape it, and kept as it
// stands on the line, of one size, so that a line copies it without a look at its length.
class Name {
public:
    using Member = std::array<char, 32>;  // ,"name":

    template <std::size_t N>
        requires(N + 3 <= std::tuple_size_v<Member>)
    consteval Name(const char (&literal)[N]) : size_(N + 3) {
        char* at = std::ranges::copy(std::string_view(",\""), member_.begin()).out;
        for (const char c : std::string_view(literal, N - 1)) {
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) throw "a name is a-z, 0-9 and '_'";
            *at++ = c;
        }
        std::ranges::copy(std::string_view("\":"), at);
    }
    [[nodiscard]] constexpr const Member& member() const noexcept { return member_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }  // of the member
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {member_.data() + 2, size_ - 4}; }

private:
    Member member_{};
    std::size_t size_;
};

// A member of the line. The text is copied (and JSON-escaped, cut at 1 KiB) before write() returns. A span of time is
// shown in milliseconds, to the microsecond: name it "..._ms".
struct Field {
    Name name;
    std::variant<std::string_view, std::int64_t, std::chrono::nanoseconds, bool> value;
};

// Starts the writer. `service` is the member of that name on every line; lines below `least` are not written.
// `queue_lines`: the queue's bound. Call it before other threads start; again only after stop().
void start(std::string_view service, Level least, std::size_t queue_lines);

// Writes what is queued and ends the writer thread. Later lines are written at once.
void stop();

// Are lines of this level written? For what costs something to put together.
[[nodiscard]] bool writes(Level level) noexcept;

// Thread-safe, never throws, never blocks on the disk. `event` is a fixed dotted name: "session.created".
// Fields whose text is empty are left out. Never pass a token, cookie, password or unknown e-mail address.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) noexcept;

inline void debug(std::string_view event, std::initializer_list<Field> f = {}) noexcept {
    write(Level::debug, event, f);
}
inline void info(std::string_view event, std::initializer_list<Field> f = {}) noexcept { write(Level::info, event, f); }
inline void warn(std::string_view event, std::initializer_list<Field> f = {}) noexcept { write(Level::warn, event, f); }

// An unexpected failure: adds error, detail and where ("libs/redis/client.cpp:120") to the line.
void failure(std::string_view event, const Error& error, std::initializer_list<Field> fields = {}) noexcept;

// Lines dropped since start because the queue was full.
[[nodiscard]] std::uint64_t dropped() noexcept;

}  // namespace gatehouse::log
