# Every third-party library, by one name each. All are Debian packages; deploy/install-deps installs them.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)   # Boost's own CMake files; CMake 3.30 warns about its older finder
endif()
# Seen by a project that this one is a part of, too: its targets link these through ours.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

# Of the libraries up to session_client; gatehouseConfig.cmake.in finds the same.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET GLOBAL libsodium)
pkg_check_modules(XCRYPT REQUIRED IMPORTED_TARGET GLOBAL libxcrypt)   # crypt_r: bcrypt hashes of imported users
if(NOT GATEHOUSE_SERVICES)
  return()
endif()

# Our own programs link libsodium's archive if it is there: a password hash then keeps its memory, which nearly doubles how many
# there are a second (libs/crypto/hash_memory.hpp). Who links our libraries takes the shared one.
find_library(SODIUM_ARCHIVE libsodium.a HINTS ${SODIUM_LIBRARY_DIRS} ${SODIUM_LIBDIR})
if(SODIUM_ARCHIVE)
  set_target_properties(PkgConfig::SODIUM PROPERTIES INTERFACE_LINK_LIBRARIES "${SODIUM_ARCHIVE};Threads::Threads")
else()
  message(STATUS "No libsodium.a: a password hash takes nearly twice as long")
endif()

# Of the services.
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)            # gatehousectl's command line
find_package(prometheus-cpp REQUIRED COMPONENTS core)   # registry and text format; no HTTP server of its own
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl)   # public suffixes: COOKIE_DOMAIN
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)

# Debian 12's libmysqlcppconn-dev depends on Boost 1.74, which conflicts with 1.81: deploy/install-deps unpacks its
# headers into build/deps. Its .so link dangles there, so the versioned library of the runtime package is named.
find_path(MYSQLCPPCONN_INCLUDE mysql_driver.h HINTS ${PROJECT_SOURCE_DIR}/build/deps/usr/include)
find_library(MYSQLCPPCONN_LIBRARY NAMES libmysqlcppconn.so libmysqlcppconn.so.7)
if(NOT MYSQLCPPCONN_INCLUDE OR NOT MYSQLCPPCONN_LIBRARY)
  message(FATAL_ERROR "MySQL Connector/C++ 1.1 is missing: run deploy/install-deps build")
endif()
add_library(mysqlcppconn SHARED IMPORTED)
set_target_properties(mysqlcppconn PROPERTIES
  IMPORTED_LOCATION ${MYSQLCPPCONN_LIBRARY} IMPORTED_SONAME libmysqlcppconn.so.7)
target_include_directories(mysqlcppconn SYSTEM INTERFACE ${MYSQLCPPCONN_INCLUDE})
