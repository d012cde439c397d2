// One connection to a MySQL or MariaDB server: used by one thread at a time, owned by a Pool. Blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace sql {
class Connection;
class PreparedStatement;
class ResultSet;
}  // namespace sql

namespace gatehouse::mysql {

// Of TCP; a Unix socket needs none. preferred: TLS if the server has it. required: TLS or no connection, the
// certificate is not looked at. verify: TLS, and the certificate must be the host's and signed by `ca_file` (or a CA
// that the system trusts).
enum class TlsMode : std::uint8_t { off, preferred, required, verify };

// Timeouts count in whole seconds (the protocol library's unit), at least one; of an answer at least two, so that a
// lock wait, which ends after one, is told from a stalled server.
struct Options {
    std::string host = "127.0.0.1";  // by TCP always, "localhost" too
    std::uint16_t port = 3306;
    std::string unix_socket;  // not empty: used instead of host and port
    std::string user;
    Secret password;
    std::string database;
    std::chrono::seconds connect_timeout{2};
    std::chrono::seconds read_timeout{3};  // of one answer
    std::chrono::seconds write_timeout{3};
    TlsMode tls = TlsMode::preferred;
    std::string ca_file;

    [[nodiscard]] Options copy() const;  // with the password
};

// What is known of a connection after a failure.
enum class After : std::uint8_t {
    usable,    // the server refused a statement; the connection is as before
    deadlock,  // the same, and the server has rolled the transaction back: it may be tried again
    lost,      // the server closed the connection, and with it the transaction; or it does not write any more
    unknown,   // an answer that is late may still come: the connection must not be used again
};

// What Connection and Rows throw. Pool catches it and answers its error: it never leaves a job that runs on a Pool.
class Failure : public std::exception {
public:
    Failure(Error error, After after) : error_(std::move(error)), after_(after) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.detail.c_str(); }
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] After after() const noexcept { return after_; }

private:
    Error error_;
    After after_;
};

// A parameter of a statement; copied before query() or execute() return. Bytes travel as hexadecimal text, because a
// text parameter has a character set and would have to be valid in it: write UNHEX(?) in the statement.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, std::span<const std::uint8_t>>;

// The rows of one query, all fetched already; they must go before their statement is run again on the connection.
class Rows {
public:
    explicit Rows(std::unique_ptr<sql::ResultSet> result) noexcept;
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    // Moves to the next row (at first: the first one); false: there is none. Throws Failure.
    [[nodiscard]] bool next();
    // Columns of the current row, from 0. NULL reads as 0 or "".
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;  // bytes as stored
    [[nodiscard]] bool null(int column) const;

private:
    std::unique_ptr<sql::ResultSet> result_;
};

class Connection {
public:
    // Connects and sets the session up: READ COMMITTED, lock waits of at most 1 s, UTC, utf8mb4, strict mode. Throws
    // Failure: unavailable (detail says whether nobody listens, the password is refused, the database is missing, TLS
    // is not to be had), timeout.
    explicit Connection(const Options& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // `sql` is prepared once per connection and kept: pass texts from the source only, values as parameters.
    [[nodiscard]] Rows query(std::string_view sql, std::initializer_list<Value> values = {});
    // The number of rows that the statement inserted, changed or deleted. An update to the same value changes none.
    std::int64_t execute(std::string_view sql, std::initializer_list<Value> values = {});
    // A statement without parameters that is not kept: transactions, schema.
    void run(const std::string& sql);
    // Of this connection's last insert into a table with AUTO_INCREMENT.
    [[nodiscard]] std::int64_t last_insert_id();
    [[nodiscard]] bool encrypted();

private:
    sql::PreparedStatement& prepare(std::string_view sql, std::initializer_list<Value> values);

    std::chrono::milliseconds patience_;  // an error later than this is a timeout
    std::unique_ptr<sql::Connection> handle_;
    std::map<std::string, std::unique_ptr<sql::PreparedStatement>, std::less<>> statements_;  // go before handle_
};

// Connector/C++ wants every thread that uses it announced; does it once per thread.
void announce_thread();

}  // namespace gatehouse::mysql
