// The variables that say where the database is, which every program that uses it reads alike.
#pragma once

#include "base/settings.hpp"
#include "mysql/connection.hpp"

namespace gatehouse::mysql {

// DB_HOST, DB_PORT, DB_SOCKET, DB_USER, DB_PASSWORD (or DB_PASSWORD_FILE), DB_NAME, DB_SSL_MODE, DB_SSL_CA, DB_TIMEOUT.
// What is wrong is in settings.mistakes().
[[nodiscard]] Options read_options(Settings& settings);

}  // namespace gatehouse::mysql
