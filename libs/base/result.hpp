// The error vocabulary of every library: expected failures are values, and each says where it arose.
#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <string>
#include <string_view>

namespace gatehouse {

// What went wrong, as far as a caller can act on it. Switches over it have no default: a new code must be handled.
enum class Errc : std::uint8_t {
    invalid_input,  // what was handed in breaks a stated rule; trying again cannot help
    not_found,      // the thing named does not exist
    conflict,       // it exists already, or changed meanwhile
    refused,        // a rule of the other side's own forbids it: a constraint, a column's type
    denied,         // credentials or rights are missing or wrong
    overloaded,     // a bound was reached; nothing was done; try again later
    timeout,        // the deadline passed; what was asked may or may not have happened
    unavailable,    // the other side cannot be reached or refuses to serve
    protocol,       // the other side answered something that cannot be understood
    cancelled,      // we are shutting down
    internal,       // a mistake of ours
};

// "invalid_input", … : for logs and metric labels.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

// `detail` is for the operator's log: it never reaches a client and never holds a secret.
struct Error {
    Errc code = Errc::internal;
    std::string detail;
    std::source_location where;
};

template <class T = void>
using Result = std::expected<T, Error>;

// `return fail(Errc::timeout, "…")` from any function that returns a Result; records the caller's place.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string detail,
                                                 std::source_location where = std::source_location::current()) {
    return std::unexpected(Error{code, std::move(detail), where});
}

// "libs/redis/client.cpp:120": where something arose, from the source tree's root. Empty if that is not known, as of
// what another process said.
[[nodiscard]] std::string place(const std::source_location& where);

// "timeout: no reply from redis (libs/redis/client.cpp:120)": one line for the log.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace gatehouse
