# cmake --install BUILD --component development: session_client and what it stands on, for find_package(gatehouse CONFIG).
# A plain `cmake --install`, which is for services, leaves it out.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(gatehouse_package ${CMAKE_INSTALL_LIBDIR}/cmake/gatehouse)

foreach(name base async crypto web proto session_client)
  # The headers are included as "web/server.hpp": a folder of their own keeps such names from others'.
  install(TARGETS gatehouse_${name} EXPORT gatehouseTargets EXCLUDE_FROM_ALL COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} EXCLUDE_FROM_ALL COMPONENT development
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gatehouse EXCLUDE_FROM_ALL COMPONENT development)
endforeach()
install(EXPORT gatehouseTargets NAMESPACE gatehouse:: DESTINATION ${gatehouse_package} EXCLUDE_FROM_ALL COMPONENT development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/gatehouseConfig.cmake.in gatehouseConfig.cmake INSTALL_DESTINATION ${gatehouse_package})
write_basic_package_version_file(gatehouseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gatehouseConfig.cmake ${PROJECT_BINARY_DIR}/gatehouseConfigVersion.cmake
  DESTINATION ${gatehouse_package} EXCLUDE_FROM_ALL COMPONENT development)
