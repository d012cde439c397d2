// The version of all of Gatehouse's binaries: CMake's project version.
#pragma once

#include <string_view>

namespace gatehouse {

inline constexpr std::string_view kVersion = GATEHOUSE_VERSION;

}  // namespace gatehouse
