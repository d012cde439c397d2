#include "mysql/connection.hpp"

#include <algorithm>
#include <utility>

#include <cppconn/connection.h>
#include <cppconn/datatype.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fmt/format.h>
#include <mysql_driver.h>

#include "mysql/failure.hpp"

namespace gatehouse::mysql {
namespace {

constexpr std::chrono::seconds kLockWait{1};

sql::mysql::MySQL_Driver& driver() {
    static sql::mysql::MySQL_Driver& instance = *sql::mysql::get_driver_instance();  // the library owns it
    return instance;
}

int whole_seconds(std::chrono::seconds time) {
    return static_cast<int>(std::max<std::chrono::seconds::rep>(time.count(), 1));
}

std::chrono::seconds answer_time(const Options& options) {
    return std::max(options.read_timeout, kLockWait + std::chrono::seconds(1));
}

// Without a scheme the library would take "localhost" for its own default socket.
std::string address_of(const Options& options) {
    if (!options.unix_socket.empty()) return "unix://" + options.unix_socket;
    const bool v6 = options.host.find(':') != std::string::npos;
    return fmt::format("tcp://{}:{}", v6 ? "[" + options.host + "]" : options.host, options.port);
}

sql::ConnectOptionsMap settings_of(const Options& options, bool tls) {
    sql::ConnectOptionsMap settings;
    settings["hostName"] = address_of(options);
    settings["userName"] = options.user;
    settings["password"] = std::string(options.password.view());
    settings["schema"] = options.database;
    settings["OPT_CONNECT_TIMEOUT"] = whole_seconds(options.connect_timeout);
    settings["OPT_READ_TIMEOUT"] = whole_seconds(answer_time(options));
    settings["OPT_WRITE_TIMEOUT"] = whole_seconds(options.write_timeout);
    settings["OPT_CHARSET_NAME"] = std::string("utf8mb4");
    settings["OPT_LOCAL_INFILE"] = 0;  // else a hostile server could read our files
    if (tls) {
        settings["sslEnforce"] = true;
        if (!options.ca_file.empty()) settings["sslCA"] = options.ca_file;
        if (options.tls == TlsMode::verify) settings["sslVerify"] = true;
    }
    return settings;
}

std::string target_of(const Options& options) {
    return fmt::format("connect to {} as {}", address_of(options), options.user);
}

std::unique_ptr<sql::Connection> attempt(const Options& options, bool tls) {
    auto settings = settings_of(options, tls);
    return std::unique_ptr<sql::Connection>(driver().connect(settings));
}

std::unique_ptr<sql::Connection> connect_by_mode(const Options& options) {
    if (options.tls == TlsMode::off || !options.unix_socket.empty()) return attempt(options, false);
    if (options.tls != TlsMode::preferred) return attempt(options, true);
    try {
        return attempt(options, true);
    } catch (const sql::SQLException& exception) {
        constexpr int no_tls = 2026;  // CR_SSL_CONNECTION_ERROR
        if (exception.getErrorCode() != no_tls) throw;
        return attempt(options, false);
    }
}

std::unique_ptr<sql::Connection> connect(const Options& options) {
    // Reading the greeting is under the connect timeout, what follows under the read timeout: either is a timeout.
    const std::chrono::milliseconds patience = std::min(options.connect_timeout, answer_time(options));
    try {
        return translated(target_of(options), patience, [&] { return connect_by_mode(options); });
    } catch (const Failure& failure) {
        // Whatever keeps us from connecting, the database cannot be reached: no other code of ours fits.
        const Errc code = failure.error().code == Errc::timeout ? Errc::timeout : Errc::unavailable;
        throw Failure({code, failure.error().detail, failure.error().where}, After::unknown);
    }
}

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

void bind(sql::PreparedStatement& statement, unsigned index, const Value& value) {
    struct Binder {
        sql::PreparedStatement& to;
        unsigned at;
        void operator()(std::monostate) const { to.setNull(at, sql::DataType::VARCHAR); }
        void operator()(std::int64_t number) const { to.setInt64(at, number); }
        void operator()(std::string_view text) const { to.setString(at, sql::SQLString(text.data(), text.size())); }
        void operator()(std::span<const std::uint8_t> bytes) const { to.setString(at, hexadecimal(bytes)); }
    };
    std::visit(Binder{statement, index}, value);
}

struct ThreadMark {
    ThreadMark() { driver().threadInit(); }
    ~ThreadMark() { driver().threadEnd(); }
    ThreadMark(const ThreadMark&) = delete;
    ThreadMark& operator=(const ThreadMark&) = delete;
};

}  // namespace

Options Options::copy() const {
    return {host,         port,          unix_socket, user,   password.copy(), database, connect_timeout,
            read_timeout, write_timeout, tls,         ca_file};
}

void announce_thread() { thread_local const ThreadMark mark; }

Rows::Rows(std::unique_ptr<sql::ResultSet> result) noexcept : result_(std::move(result)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows::~Rows() = default;

// The whole result is here already: none of these talks to the server.
bool Rows::next() {
    return translated("row", std::chrono::hours(1), [&] { return result_->next(); });
}
std::int64_t Rows::integer(int column) const {
    return translated("column", std::chrono::hours(1),
                      [&] { return result_->getInt64(static_cast<unsigned>(column) + 1); });
}
std::string Rows::text(int column) const {
    return translated("column", std::chrono::hours(1),
                      [&] { return result_->getString(static_cast<unsigned>(column) + 1).asStdString(); });
}
bool Rows::null(int column) const {
    return translated("column", std::chrono::hours(1),
                      [&] { return result_->isNull(static_cast<unsigned>(column) + 1); });
}

Connection::Connection(const Options& options) : patience_(answer_time(options)) {
    announce_thread();
    handle_ = connect(options);
    // A set-up that fails leaves a connection that does not behave as promised: it goes with this object.
    run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    run(fmt::format("SET SESSION innodb_lock_wait_timeout = {}", kLockWait.count()));
    run("SET SESSION time_zone = '+00:00', autocommit = 1, sql_mode = "
        // Dates of zero that are there must not fail what only copies them: another program's table may have some.
        "'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'");
    run("SET NAMES utf8mb4");
    const bool must_encrypt = options.tls == TlsMode::required || options.tls == TlsMode::verify;
    if (must_encrypt && options.unix_socket.empty() && !encrypted()) {
        throw Failure({Errc::unavailable, "mysql: " + target_of(options) + ": the server did not agree to TLS",
                       std::source_location::current()},
                      After::unknown);
    }
}

Connection::~Connection() = default;

sql::PreparedStatement& Connection::prepare(std::string_view sql, std::initializer_list<Value> values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        std::unique_ptr<sql::PreparedStatement> statement(handle_->prepareStatement(std::string(sql)));
        found = statements_.emplace(sql, std::move(statement)).first;
    }
    unsigned index = 0;
    for (const Value& value : values) bind(*found->second, ++index, value);
    return *found->second;
}

Rows Connection::query(std::string_view sql, std::initializer_list<Value> values) {
    return translated("query", patience_,
                      [&] { return Rows(std::unique_ptr<sql::ResultSet>(prepare(sql, values).executeQuery())); });
}

std::int64_t Connection::execute(std::string_view sql, std::initializer_list<Value> values) {
    return translated("execute", patience_, [&] { return std::int64_t{prepare(sql, values).executeUpdate()}; });
}

void Connection::run(const std::string& sql) {
    translated("run", patience_, [&] {
        const std::unique_ptr<sql::Statement> statement(handle_->createStatement());
        statement->execute(sql);
    });
}

std::int64_t Connection::last_insert_id() {
    auto rows = query("SELECT LAST_INSERT_ID()");
    return rows.next() ? rows.integer(0) : 0;
}

bool Connection::encrypted() {
    auto rows = query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    return rows.next() && !rows.text(1).empty();
}

}  // namespace gatehouse::mysql
