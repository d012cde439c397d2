// One constexpr table is a service's whole surface. Tells 404 from 405, answers HEAD by GET's handler and OPTIONS from
// the table.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "web/http_types.hpp"

namespace gatehouse::web {

// `path` is matched byte by byte; a segment "{}" matches one non-empty segment, "{*}" at the end all that follows, if
// anything does; both go to Request::parameters. Method::any takes every method, HEAD, OPTIONS and unknown ones
// included.
struct RouteKey {
    Method method = Method::other;
    std::string_view path;
    bool exact = !path.contains('{');
};

template <class Handler>
struct Route : RouteKey {
    Handler handler;  // the service's own: Task<…> (*)(const Request&, Services&)
};

// Does `path` match `pattern`? Appends what the "{}" and "{*}" matched to `parameters`; leaves it alone if not.
[[nodiscard]] bool match_path(std::string_view pattern, std::string_view path,
                              std::vector<std::string_view>& parameters);

// A route's index, or what to answer instead: 404, 405 or OPTIONS with this Allow header ("GET, HEAD, OPTIONS").
struct NotFound {};
struct WrongMethod {
    std::string allow;
};
struct Options {
    std::string allow;
};
using Routing = std::variant<std::size_t, NotFound, WrongMethod, Options>;

[[nodiscard]] Routing find_route(std::span<const RouteKey> routes, Method method, std::string_view path,
                                 std::vector<std::string_view>& parameters);

// A table's keys, for find_route: made once at compile time.
template <class Handler, std::size_t N>
constexpr std::array<RouteKey, N> keys_of(const std::array<Route<Handler>, N>& routes) {
    std::array<RouteKey, N> keys{};
    for (std::size_t i = 0; i < N; ++i) keys[i] = routes[i];
    return keys;
}
template <class Handler, std::size_t N>
constexpr std::array<RouteKey, N> keys_of(const Route<Handler> (&routes)[N]) {
    return keys_of(std::to_array(routes));
}

}  // namespace gatehouse::web
