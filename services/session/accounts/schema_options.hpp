// What both dialects' migrations can be told.
#pragma once

#include <cstdint>
#include <functional>

namespace gatehouse::session {

// SCHEMA_LIBRARY: the seed's books, borrow_records, fines and view_log.
enum class LibraryTables : std::uint8_t { off, on };

struct SchemaOptions {
    LibraryTables library = LibraryTables::off;
    // Called after every statement that changed the schema: the place where a test kills the process.
    std::function<void()> after_statement = [] {};
};

}  // namespace gatehouse::session
