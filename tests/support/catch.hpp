// Catch2 2 (Debian 12) and 3 (Debian 13) under one include.
#pragma once
#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace gatehouse {

// A matcher: the text holds `part`.
inline auto contains_text(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
    return Catch::Matchers::ContainsSubstring(part);
#else
    return Catch::Contains(part);
#endif
}

}  // namespace gatehouse
