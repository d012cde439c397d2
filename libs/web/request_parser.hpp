// One complete request head -> Request, by Beast's parser between our own rules (head_rules.hpp).
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "web/head_rules.hpp"

namespace gatehouse::web {

// `head` ends with its empty line and must outlive `request`, whose views point into it. 431: more than `max_fields`.
[[nodiscard]] std::expected<Framing, HeadError> parse_head(std::string_view head, std::size_t max_fields,
                                                           Request& request);

}  // namespace gatehouse::web
