// This folder's files as the build put them into the program: nothing is read at run time. The other half is written by
// embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::gateway {

struct Embedded {
    std::string_view path;  // "/login", "/login/style.css"
    std::string_view content_type;
    std::string_view content;  // of a page: names its assets with their hashes, and has {{facts}} for pages.cpp
    std::string_view hash;     // 16 hexadecimal digits of its SHA-256
};

[[nodiscard]] std::span<const Embedded> embedded() noexcept;

}  // namespace gatehouse::gateway
