// One SQLite connection: used by one thread at a time, owned by a Pool. Blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace gatehouse::sqlite {

// What Connection and Rows throw. Pool catches it and answers its error: it never leaves a job that runs on a Pool.
class Failure : public std::exception {
public:
    explicit Failure(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.detail.c_str(); }
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Error error_;
};

// A parameter of a statement; copied before query() or execute() return.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, std::span<const std::uint8_t>>;

// The rows of one query, borrowed from its Connection; the statement is reset when this goes. At most one per text of
// a statement at a time.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) noexcept : statement_(statement) {}
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    // Moves to the next row (at first: the first one); false: there is none. Throws Failure.
    [[nodiscard]] bool next();
    // Columns of the current row, from 0. NULL reads as 0 or "".
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;  // bytes as stored, blobs too
    [[nodiscard]] bool null(int column) const;

private:
    sqlite3_stmt* statement_;
};

class Connection {
public:
    enum class Access : std::uint8_t { read, write };

    // Opens `path`, created with mode 0600 if it does not exist: WAL, synchronous=FULL (a commit is on the disk when it
    // is acknowledged, https://sqlite.org/pragma.html#pragma_synchronous), foreign keys on. Waits up to `busy` for
    // locks of other processes. SQL sees `clock` as the function now_ms(); it must outlive the connection. Throws
    // Failure: invalid_input (no such directory, not writable, not a database), unavailable. No statement answers
    // invalid_input.
    Connection(const std::string& path, Access access, std::chrono::milliseconds busy, const Clock& clock);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // `sql` is prepared once per connection and kept: pass texts from the source only, values as parameters.
    [[nodiscard]] Rows query(std::string_view sql, std::initializer_list<Value> values = {});
    // Runs a statement to its end; the number of rows that it inserted, changed or deleted.
    std::int64_t execute(std::string_view sql, std::initializer_list<Value> values = {});
    // Statements without parameters that are not kept: PRAGMA and schema.
    void run(const std::string& sql);
    [[nodiscard]] bool in_transaction() const noexcept;
    // Ends the open transaction, if there is one, without a trace.
    void roll_back() noexcept;
    [[nodiscard]] std::int64_t last_insert_id() const noexcept;

private:
    sqlite3_stmt* prepare(std::string_view sql, std::initializer_list<Value> values);
    void configure(const std::string& path, Access access);

    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

// BEGIN IMMEDIATE; rolled back when it goes, unless committed. Throws Failure.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Connection& connection_;
    bool open_ = true;
};

}  // namespace gatehouse::sqlite
