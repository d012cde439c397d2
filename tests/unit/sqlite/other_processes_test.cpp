// The same file from another process: a second instance, a backup, somebody with a shell.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sqlite/pool.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

using namespace gatehouse;
using sqlite::Connection;

namespace {

Result<void> insert(Connection& db) {
    db.execute("INSERT INTO t (id) VALUES (NULL)");
    return {};
}

Result<std::int64_t> count(Connection& db) {
    auto rows = db.query("SELECT COUNT(*) FROM t");
    return rows.next() ? rows.integer(0) : -1;
}

// How many rows another process sees that opens the file, looks and closes it: this binary, running the hidden case.
std::string seen_by_another_process(const std::string& path) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    const test::Ran ran = test::run({self, "look and go"}, "", {{"GATEHOUSE_TEST_DATABASE", path}});
    const auto at = ran.out.find("rows: ");
    return at == ran.out.npos ? ran.out + ran.err : ran.out.substr(at, ran.out.find('\n', at) - at);
}

}  // namespace

TEST_CASE("look and go", "[.child]") {
    const char* path = std::getenv("GATEHOUSE_TEST_DATABASE");
    if (path == nullptr) return;  // only for the case below
    Connection db(path, Connection::Access::write, std::chrono::seconds(5), system_clock());
    std::puts(("rows: " + std::to_string(count(db).value())).c_str());
}

TEST_CASE("another process that opens and closes the file takes nothing away from us") {
    const test::TempDir directory;
    const std::string path = directory / "shared.db";
    sqlite::Pool pool({.path = path, .readers = 2});
    const auto create = [](Connection& db) -> Result<void> {
        db.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        return {};
    };
    REQUIRE(pool.write(create).has_value());
    REQUIRE(pool.write(insert).has_value());
    REQUIRE(pool.read(count).value() == 1);  // a reader joins the writer
    CHECK(seen_by_another_process(path) == "rows: 1");
    REQUIRE(pool.write(insert).has_value());
    CHECK(seen_by_another_process(path) == "rows: 2");
    CHECK(std::filesystem::exists(path + "-wal"));
}
