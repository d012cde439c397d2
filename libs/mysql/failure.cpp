#include "mysql/failure.hpp"

#include <fmt/format.h>

namespace gatehouse::mysql {
namespace {

struct Meaning {
    Errc code;
    After after;
};

// https://dev.mysql.com/doc/mysql-errors/8.4/en/ and https://mariadb.com/kb/en/mariadb-error-codes/
Meaning meaning_of(int number) {
    switch (number) {
        case 1062:  // duplicate entry
        case 1586:
            return {Errc::conflict, After::usable};
        case 1048:  // a column that must not be null, or has no default
        case 1364:
        case 1264:  // a value out of a column's range, not of its enum, too long, not of its character set
        case 1265:
        case 1366:
        case 1406:
        case 1451:  // a foreign key
        case 1452:
        case 3819:  // a CHECK constraint: MySQL, MariaDB
        case 4025:
            return {Errc::refused, After::usable};
        case 1213:
            return {Errc::overloaded, After::deadlock};
        case 1205:
            return {Errc::overloaded, After::usable};  // lock wait timeout
        case 1142:                                     // no right to the statement, to the column
        case 1143:
        case 1227:
        case 1021:  // disk full
        case 1114:
            return {Errc::unavailable, After::usable};
        // Read only: a primary that has become a replica keeps its connections. A new one may lead to its successor.
        case 1290:
        case 1792:
        case 1836:
        case 1053:  // shutting down, killed, idle for too long
        case 1077:
        case 1152:
        case 1184:
        case 1317:
        case 1927:
        case 3169:
        case 4031:
            return {Errc::unavailable, After::lost};
        case 0:
            return {Errc::internal, After::unknown};  // Connector/C++'s own complaints
        default:
            break;
    }
    // 2000 and on are the client library's: the connection could not be made, or broke.
    if (number >= 2000 && number < 3000) return {Errc::unavailable, After::lost};
    return {Errc::internal, After::usable};
}

// The server's message, unless it quotes a value: that may be an address.
const char* words_of(const sql::SQLException& exception) {
    switch (exception.getErrorCode()) {
        case 1062:
        case 1586:
            return "duplicate";
        case 1292:
        case 1366:
            return "a value that its column does not take";
        default:
            return exception.what();
    }
}

}  // namespace

Failure failure_of(const sql::SQLException& exception, std::string_view doing, std::chrono::milliseconds took,
                   std::chrono::milliseconds patience, std::source_location where) {
    Meaning meaning = meaning_of(exception.getErrorCode());
    if (meaning.after == After::lost && took >= patience) meaning = {Errc::timeout, After::unknown};
    return Failure(
        {meaning.code, fmt::format("mysql: {}: {} ({})", doing, words_of(exception), exception.getErrorCode()), where},
        meaning.after);
}

}  // namespace gatehouse::mysql
