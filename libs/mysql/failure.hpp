// Connector/C++'s exceptions into ours, by number. Only for this folder's .cpp files.
#pragma once

#include <chrono>
#include <source_location>
#include <string_view>

#include <cppconn/exception.h>

#include "mysql/connection.hpp"

namespace gatehouse::mysql {

// `took` and `patience`: a connection that is lost later than its timeout has timed out (both have one number).
[[nodiscard]] Failure failure_of(const sql::SQLException& exception, std::string_view doing,
                                 std::chrono::milliseconds took, std::chrono::milliseconds patience,
                                 std::source_location where = std::source_location::current());

// Runs `use` and throws what it throws as Failure.
template <class Use>
auto translated(std::string_view doing, std::chrono::milliseconds patience, Use use,
                std::source_location where = std::source_location::current()) {
    const auto began = std::chrono::steady_clock::now();
    try {
        return use();
    } catch (const sql::SQLException& exception) {
        const auto took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        throw failure_of(exception, doing, took, patience, where);
    }
}

}  // namespace gatehouse::mysql
