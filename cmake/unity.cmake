# GATEHOUSE_UNITY compiles several sources as one: Boost's headers are read once for ten files, which takes g++ a third of the
# time. deploy/run and tests/run use it; development and clang-tidy do without.
option(GATEHOUSE_UNITY "Compile several sources as one" OFF)

# Sources that are compiled by themselves: they use names, in their anonymous namespaces, that another file of their folder
# uses too; libsodium_memory.cpp because not every program that links its library can link it.
set(GATEHOUSE_UNITY_APART
  libs/crypto/key_ring.cpp
  libs/crypto/libsodium_memory.cpp
  libs/session_client/servers.cpp
  libs/web/beast.cpp
  libs/web/client.cpp
  libs/web/json_reader.cpp
  services/session/accounts/password_policy.cpp
  services/session/api/api.cpp
  services/session/login/login_service.cpp
  services/session/metrics.cpp
  services/session/upkeep.cpp
  tests/unit/proto/error_code_test.cpp
  tests/unit/session/epoch_repair_test.cpp
  tests/unit/web/head_rules_test.cpp)

# Called in the folder whose target it is.
function(gatehouse_unity target)
  if(GATEHOUSE_UNITY)
    list(TRANSFORM GATEHOUSE_UNITY_APART PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE apart)
    set_source_files_properties(${apart} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    # g++ takes an included source for a header, where an anonymous namespace would be a mistake.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 10)
  endif()
endfunction()
