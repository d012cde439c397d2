// What only the embedded database promises: its file. The rest is the account contract (tests/contract).
#include "session/accounts/sqlite_account_store.hpp"

#include <filesystem>
#include <fstream>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/process.hpp"

using namespace gatehouse;
using namespace gatehouse::session;

namespace {

std::unique_ptr<AccountStore> store_at(const std::string& path) { return make_sqlite_account_store({.path = path}); }

NewAccount account_number(int n) {
    NewAccount account{
        .email = std::to_string(n) + "@example.org", .key = {}, .full_name = "", .role = "x", .password_hash = "h"};
    account.key[0] = static_cast<std::uint8_t>(n >> 8);
    account.key[1] = static_cast<std::uint8_t>(n);
    return account;
}

unsigned mode_of(const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

std::string refusal(const std::string& path) {
    auto migrated = store_at(path)->migrate();
    REQUIRE_FALSE(migrated);
    CHECK(migrated.error().code == Errc::invalid_input);
    return migrated.error().detail;
}

}  // namespace

TEST_CASE("the database and its log are readable by their owner only, whatever the umask") {
    test::TempDir directory;
    const auto path = directory / "accounts.db";
    const auto before = ::umask(0);
    auto store = store_at(path);
    REQUIRE(store->migrate());
    ::umask(before);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + "-wal") == 0600);
}

TEST_CASE("a directory that does not exist is named") {
    test::TempDir directory;
    CHECK(refusal(directory / "no/such/accounts.db").find(directory / "no/such") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(directory / "no"));
}

TEST_CASE("a path that is a directory is refused") {
    test::TempDir directory;
    CHECK(refusal(directory.path().string()).find(directory.path().string()) != std::string::npos);
}

TEST_CASE("a file that is not a database is refused and left as it is") {
    test::TempDir directory;
    const auto path = directory / "accounts.db";
    const std::string text(5000, 'x');
    std::ofstream(path) << text;
    CHECK(refusal(path).find("not a SQLite database") != std::string::npos);
    std::ifstream file(path);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
}

TEST_CASE("a plan does not create the file") {
    test::TempDir directory;
    CHECK(store_at(directory / "accounts.db")->plan(ReadRows::yes));
    CHECK_FALSE(std::filesystem::exists(directory / "accounts.db"));
}

TEST_CASE("a killed process loses no account that it has acknowledged") {
    test::TempDir directory;
    const auto path = directory / "accounts.db";
    int acknowledged[2];
    REQUIRE(::pipe(acknowledged) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto store = store_at(path);
        if (!store->migrate()) ::_exit(1);
        for (int n = 0; store->create_account(account_number(n)); ++n) {
            if (::write(acknowledged[1], &n, sizeof n) != sizeof n) ::_exit(1);
        }
        ::_exit(1);
    }
    ::close(acknowledged[1]);
    int last = -1;
    for (int n = 0; last < 20 && ::read(acknowledged[0], &n, sizeof n) == sizeof n;) last = n;
    ::kill(child, SIGKILL);
    for (int n = 0; ::read(acknowledged[0], &n, sizeof n) == sizeof n;) last = n;
    ::close(acknowledged[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    REQUIRE(last >= 20);

    auto store = store_at(path);
    REQUIRE(store->migrate());
    for (int n = 0; n <= last; ++n) CHECK(store->load_account(account_number(n).key));
}
