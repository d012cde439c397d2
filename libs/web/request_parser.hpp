// One complete request head -> Request, by our own rules (head_rules.hpp). Where a head says more than which request it
// is and how long, Beast's parser has to read it alike: what two parsers take for different things is refused.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "web/head_rules.hpp"

namespace gatehouse::web {

// `head` ends with its empty line and must outlive `request`, whose views point into it. 431: more than `max_fields`.
[[nodiscard]] std::expected<Framing, HeadError> parse_head(std::string_view head, std::size_t max_fields,
                                                           Request& request);

// Whether Beast's parser takes `head` too, and finds this request line and these fields in it.
[[nodiscard]] bool beast_reads_alike(std::string_view head, const RequestLine& line, const std::vector<Header>& fields);

}  // namespace gatehouse::web
