#include "web/router.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::web {
namespace {

// "GET, HEAD, OPTIONS" for the methods that any route has at this path.
std::string allow_of(std::span<const RouteKey> routes, std::string_view path) {
    constexpr std::array order{Method::get, Method::post, Method::put, Method::patch, Method::delete_};
    std::string allow;
    for (const Method method : order) {
        std::vector<std::string_view> ignored;
        const bool here = std::ranges::any_of(routes, [&](const RouteKey& route) {
            return route.method == method && match_path(route.path, path, ignored);
        });
        if (!here) continue;
        allow += to_string(method);
        allow += method == Method::get ? ", HEAD, " : ", ";
    }
    return allow + "OPTIONS";
}

}  // namespace

bool match_path(std::string_view pattern, std::string_view path, std::vector<std::string_view>& parameters) {
    constexpr std::string_view rest = "{*}";
    if (!pattern.contains('{')) return pattern == path;
    const auto found_before = parameters.size();
    while (!pattern.empty() && pattern != rest && !path.empty()) {
        if (pattern.starts_with("{}")) {
            const auto segment = path.substr(0, path.find('/'));
            if (segment.empty()) break;
            parameters.push_back(segment);
            pattern.remove_prefix(2);
            path.remove_prefix(segment.size());
        } else if (pattern.front() == path.front()) {
            pattern.remove_prefix(1);
            path.remove_prefix(1);
        } else {
            break;
        }
    }
    if (pattern == rest) {
        parameters.push_back(path);
        return true;
    }
    if (pattern.empty() && path.empty()) return true;
    parameters.resize(found_before);
    return false;
}

Routing find_route(std::span<const RouteKey> routes, Method method, std::string_view path,
                   std::vector<std::string_view>& parameters) {
    const Method wanted = method == Method::head ? Method::get : method;
    bool path_known = path == "*";
    parameters.clear();
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (routes[i].exact ? routes[i].path != path : !match_path(routes[i].path, path, parameters)) continue;
        if (routes[i].method == wanted || routes[i].method == Method::any) return i;
        path_known = true;
        parameters.clear();
    }
    if (!path_known) return NotFound{};
    if (method == Method::options) return Options{allow_of(routes, path)};
    return WrongMethod{allow_of(routes, path)};
}

}  // namespace gatehouse::web
