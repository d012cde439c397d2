#include "sqlite/connection.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace gatehouse::sqlite {
namespace {

Errc code_of(int extended) {
    switch (extended & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Errc::overloaded;
        case SQLITE_CONSTRAINT:
            return extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY
                       ? Errc::conflict
                       : Errc::internal;  // values are checked before they come here
        case SQLITE_NOTADB:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_CORRUPT:
            return Errc::unavailable;
        case SQLITE_INTERRUPT:
            return Errc::timeout;
        default:
            return Errc::internal;
    }
}

// SQLite's own words name columns and files, never values.
[[noreturn]] void raise(sqlite3* handle, std::string_view doing,
                        std::source_location where = std::source_location::current()) {
    const int extended = sqlite3_extended_errcode(handle);
    throw Failure(
        {code_of(extended), fmt::format("sqlite: {}: {} ({})", doing, sqlite3_errmsg(handle), extended), where});
}

[[noreturn]] void refuse(std::string detail, std::source_location where = std::source_location::current()) {
    throw Failure({Errc::invalid_input, std::move(detail), where});
}

// SQLite would create the file by the umask; the password hashes in it are nobody else's business. Its -wal and -shm
// files take the mode of the database.
void create_file(const std::string& path) {
    const auto directory = std::filesystem::absolute(path).parent_path();
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored)) {
        refuse(fmt::format("the directory {} for the database does not exist", directory.string()));
    }
    // A file that exists is not opened here: closing it would drop the locks that this process's other connections hold
    // on it, and another process could delete the log under them (https://sqlite.org/howtocorrupt.html, section 2.2).
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        ::close(file);
    } else if (errno != EEXIST || ::access(path.c_str(), R_OK | W_OK) != 0) {
        refuse(fmt::format("the database {} cannot be opened for writing: {}", path,
                           std::generic_category().message(errno)));
    } else if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, ignored))) {
        refuse(fmt::format("the database {} cannot be opened for writing: it is not a file", path));
    }
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
        refuse(fmt::format("the directory {} is not writable: SQLite keeps its log next to the database",
                           directory.string()));
    }
}

void now_ms(sqlite3_context* context, int, sqlite3_value**) {
    const auto* clock = static_cast<const Clock*>(sqlite3_user_data(context));
    sqlite3_result_int64(context, clock->now().time_since_epoch().count());
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
    struct Binder {
        sqlite3_stmt* to;
        int at;
        int operator()(std::monostate) const { return sqlite3_bind_null(to, at); }
        int operator()(std::int64_t number) const { return sqlite3_bind_int64(to, at, number); }
        int operator()(std::string_view text) const {
            return sqlite3_bind_text64(to, at, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                                       SQLITE_UTF8);
        }
        int operator()(std::span<const std::uint8_t> bytes) const {
            return sqlite3_bind_blob64(to, at, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
        }
    };
    return std::visit(Binder{statement, index}, value);
}

}  // namespace

Rows::~Rows() {
    if (!statement_) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Rows::next() {
    const int step = sqlite3_step(statement_);
    if (step == SQLITE_ROW) return true;
    if (step == SQLITE_DONE) return false;
    raise(sqlite3_db_handle(statement_), "statement");
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Rows::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes ? std::string(bytes, size) : std::string();
}

bool Rows::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Connection::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Connection::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Connection::Connection(const std::string& path, Access access, std::chrono::milliseconds busy, const Clock& clock) {
    create_file(path);
    sqlite3* raw = nullptr;
    // One thread at a time holds a lease: SQLite's own mutex is not needed.
    const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(raw);
    if (opened != SQLITE_OK) raise(raw, fmt::format("cannot open {}", path));
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, static_cast<int>(busy.count()));
    // SQLite hands the pointer back as void*; now_ms() only reads through it.
    if (sqlite3_create_function_v2(raw, "now_ms", 0, SQLITE_UTF8, const_cast<Clock*>(&clock), &now_ms, nullptr, nullptr,
                                   nullptr) != SQLITE_OK) {
        raise(raw, "now_ms");
    }
    configure(path, access);
}

Connection::~Connection() = default;

void Connection::configure(const std::string& path, Access access) {
    try {
        run("PRAGMA synchronous=FULL");
        run("PRAGMA foreign_keys=ON");
        run("PRAGMA trusted_schema=OFF");
        if (access == Access::read) {
            run("PRAGMA query_only=ON");
            return;
        }
        // Switching to WAL needs the file alone and does not wait for the busy time (three instances at once).
        for (int tries = 0;; ++tries) {
            try {
                auto mode = query("PRAGMA journal_mode=WAL");
                if (mode.next() && mode.text(0) == "wal") return;
                throw Failure({Errc::unavailable, fmt::format("{}: this file system cannot hold a WAL", path), {}});
            } catch (const Failure& failure) {
                if (failure.error().code != Errc::overloaded || tries == 100) throw;
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
        }
    } catch (const Failure& failure) {
        if ((sqlite3_extended_errcode(handle_.get()) & 0xff) != SQLITE_NOTADB) throw;
        refuse(fmt::format("{} is not a SQLite database", path));
    }
}

sqlite3_stmt* Connection::prepare(std::string_view sql, std::initializer_list<Value> values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int prepared = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (prepared != SQLITE_OK) raise(handle_.get(), "prepare");
        found = statements_.emplace(sql, statement).first;
    }
    sqlite3_stmt* kept = found->second.get();
    if (sqlite3_stmt_busy(kept)) {
        throw Failure(
            {Errc::internal, "sqlite: a statement is run while its rows are read", std::source_location::current()});
    }
    int index = 0;
    for (const Value& value : values) {
        if (bind(kept, ++index, value) != SQLITE_OK) raise(handle_.get(), "bind");
    }
    return kept;
}

Rows Connection::query(std::string_view sql, std::initializer_list<Value> values) { return Rows(prepare(sql, values)); }

std::int64_t Connection::execute(std::string_view sql, std::initializer_list<Value> values) {
    Rows rows(prepare(sql, values));
    while (rows.next()) {
    }
    return sqlite3_changes64(handle_.get());
}

void Connection::run(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) raise(handle_.get(), "run");
}

// Fails only when SQLite has rolled back by itself already (disk full, I/O error).
bool Connection::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Connection::roll_back() noexcept { sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr); }

std::int64_t Connection::last_insert_id() const noexcept { return sqlite3_last_insert_rowid(handle_.get()); }

Transaction::Transaction(Connection& connection) : connection_(connection) { connection_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
    if (open_) connection_.roll_back();
}

void Transaction::commit() {
    connection_.execute("COMMIT");
    open_ = false;
}

}  // namespace gatehouse::sqlite
