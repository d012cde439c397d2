# Writes the pages and what they load into a C++ source: cmake -DFOLDER=… -DOUT=… -P embed.cmake
#
# In a page, {{/login/style.css}} becomes that asset's address with the hash of its content, under which browsers may keep
# it for good.
set(pages login account)

function(read_files out)   # read_files(OUT FILE…): one after the other
  set(content "")
  foreach(file IN LISTS ARGN)
    file(READ ${FOLDER}/${file} one)
    string(APPEND content "${one}")
  endforeach()
  set(${out} "${content}" PARENT_SCOPE)
endfunction()

# No macro: in one, the ${…} of a script would be CMake's.
function(add_record path type content)
  string(SHA256 hash "${content}")
  string(SUBSTRING ${hash} 0 16 hash)
  set_property(GLOBAL PROPERTY "hash of ${path}" ${hash})
  set_property(GLOBAL APPEND_STRING PROPERTY records
    "    {\"${path}\", \"${type}\", R\"embedded(${content})embedded\", \"${hash}\"},\n")
endfunction()

function(add_asset path type)   # add_asset(PATH TYPE FILE…)
  read_files(content ${ARGN})
  add_record(${path} "${type}" "${content}")
  set_property(GLOBAL APPEND PROPERTY assets ${path})
endfunction()

add_asset(/login/style.css "text/css; charset=utf-8" style.css)
add_asset(/login/icon.svg "image/svg+xml" icon.svg)
add_asset(/login/login.js "text/javascript; charset=utf-8" common.js login.js)
add_asset(/login/account.js "text/javascript; charset=utf-8" common.js account.js)
get_property(assets GLOBAL PROPERTY assets)
foreach(page IN LISTS pages)
  read_files(content ${page}.html)
  foreach(asset IN LISTS assets)
    get_property(hash GLOBAL PROPERTY "hash of ${asset}")
    string(REPLACE "{{${asset}}}" "${asset}?v=${hash}" content "${content}")
  endforeach()
  string(REGEX MATCHALL "{{[^}]*}}" left "${content}")
  if(NOT left STREQUAL "{{facts}}")
    message(FATAL_ERROR "${page}.html: {{facts}} must stand there once, and nothing else in braces: ${left}")
  endif()
  add_record(/${page} "text/html; charset=utf-8" "${content}")
endforeach()

get_property(records GLOBAL PROPERTY records)
file(WRITE ${OUT} "// Written by services/gateway/pages/embed.cmake.
#include \"gateway/pages/embedded.hpp\"

namespace gatehouse::gateway {
namespace {

constexpr Embedded embedded_files[] = {
${records}};

}  // namespace

std::span<const Embedded> embedded() noexcept { return embedded_files; }

}  // namespace gatehouse::gateway
")
