#include "web/http_types.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::web {
std::string_view to_string(Method method) noexcept {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::delete_:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            return "OTHER";
        case Method::any:
            return "ANY";
    }
    return "OTHER";
}

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
    for (const Header& field : headers) {
        if (equals_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t Request::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const Header& field) { return equals_ignoring_case(field.name, name); }));
}

}  // namespace gatehouse::web
