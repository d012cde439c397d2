# Warnings, sanitizers, hardening and the build's speed: one INTERFACE target that every target of ours links.
add_library(gatehouse_compiler INTERFACE)
target_compile_options(gatehouse_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wconversion -Wimplicit-fallthrough -Wswitch -Wundef -fstack-protector-strong)
# g++ 12 takes Asio's own pair of new and delete for a coroutine's frame for two that do not match, once it inlines.
# And in the union of std::expected it takes a short error text for a vector that is freed.
target_compile_options(gatehouse_compiler INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete> $<$<CXX_COMPILER_ID:GNU>:-Wno-free-nonheap-object>)
if(GATEHOUSE_WERROR)
  target_compile_options(gatehouse_compiler INTERFACE -Werror)
endif()

if(GATEHOUSE_SANITIZE)
  add_compile_options(-fsanitize=${GATEHOUSE_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${GATEHOUSE_SANITIZE})
  if(GATEHOUSE_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")   # -O3 costs the compiler a sixth more and gains nothing measurable here
  # _GLIBCXX_ASSERTIONS: an out-of-range index ends the process instead of reading on.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_compile_options($<$<NOT:$<BOOL:${GATEHOUSE_SANITIZE}>>:-U_FORTIFY_SOURCE> $<$<NOT:$<BOOL:${GATEHOUSE_SANITIZE}>>:-D_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--build-id)
endif()

# What is tested is optimised, the tests themselves need not be: a quarter of the compiler's time.
function(gatehouse_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>)
endfunction()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
