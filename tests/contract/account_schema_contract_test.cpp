// The account contract, part three: migrations. Every test runs on every database.
#include <algorithm>
#include <string>
#include <vector>

#include "contract/account_backend_list.hpp"
#include "contract/account_fixture.hpp"
#include "contract/migrate_and_die.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using session::LibraryTables;
using session::SchemaOptions;

TEMPLATE_TEST_CASE("three instances migrate an empty database at once", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType database;
    std::vector<Result<void>> results(3);
    run_together(3, 3, [&](unsigned n) { results[n] = database.open()->migrate(); });
    for (const auto& result : results) succeed(result);
    CHECK(all_applied(value(database.open()->plan(session::ReadRows::yes))));
    CHECK(database.ask("SELECT COUNT(*) FROM users") == "0\n");
}

TEMPLATE_TEST_CASE("a migration that is killed after any statement goes on at the next start", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType whole;
    succeed(whole.open()->migrate());
    const auto expected = whole.schema();
    int statement = 1;
    for (bool lived = false; !lived; ++statement) {
        CAPTURE(statement);
        TestType database;
        lived = migrate_and_die(database, statement);
        succeed(database.open()->migrate());
        CHECK(database.schema() == expected);
        CHECK(all_applied(value(database.open()->plan(session::ReadRows::yes))));
    }
    CHECK(statement > 5);
}

TEMPLATE_TEST_CASE("migrating again changes nothing and keeps the accounts", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.create("ada@example.org");
    const auto before = accounts.schema();
    succeed(accounts->migrate());
    CHECK(accounts.schema() == before);
    CHECK(accounts.admitted("ada@example.org").account);
}

TEMPLATE_TEST_CASE("a plan lists what is missing and changes nothing", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType database;
    const auto before = database.schema();
    const auto plan = value(database.open()->plan(session::ReadRows::yes));
    CHECK(plan.size() >= 2);
    CHECK(std::ranges::none_of(plan, &session::MigrationStep::applied));
    CHECK(std::ranges::none_of(plan, [](const auto& step) { return step.statements.empty(); }));
    CHECK(database.schema() == before);
    succeed(database.open()->migrate());
    CHECK(all_applied(value(database.open()->plan(session::ReadRows::yes))));
}

TEMPLATE_TEST_CASE("a users table of others is refused, named and left as it is", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType database;
    database.sql(TestType::kUsersOfOthers);
    database.sql("INSERT INTO users (id, email, password) VALUES (1, 'a@b', 'x')");
    const auto before = database.schema();
    const auto refused = database.open()->migrate();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_input);
    for (const char* word : {"users", "id", "email", "password"}) {
        CHECK(refused.error().detail.find(word) != std::string::npos);
    }
    CHECK(code(database.open()->plan(session::ReadRows::yes)) == Errc::invalid_input);
    CHECK(database.schema() == before);
    CHECK(database.ask("SELECT password FROM users") == "x\n");
}

TEMPLATE_TEST_CASE("a ledger of other migrations is refused", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType database;
    database.sql("CREATE TABLE schema_migrations (version VARCHAR(14))");
    const auto before = database.schema();
    CHECK(code(database.open()->migrate()) == Errc::invalid_input);
    CHECK(database.schema() == before);
}

TEMPLATE_TEST_CASE("a database of a newer version is refused", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    accounts.sql("INSERT INTO schema_migrations (version, name) VALUES (1000, 'the future')");
    const auto refused = accounts->migrate();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_input);
    CHECK(refused.error().detail.find("1000") != std::string::npos);
}

TEMPLATE_TEST_CASE("the library's tables come when they are asked for, also later", "", GATEHOUSE_ACCOUNT_BACKENDS) {
    Accounts<TestType> accounts;
    CHECK(accounts.schema().find("borrow_records") == std::string::npos);
    SchemaOptions with_library;
    with_library.library = LibraryTables::on;
    succeed(accounts.open(with_library)->migrate());
    for (const char* table : {"books", "borrow_records", "fines", "view_log"}) {
        CHECK(accounts.ask(std::string("SELECT COUNT(*) FROM ") + table) == "0\n");
    }
    CHECK(all_applied(value(accounts.open(with_library)->plan(session::ReadRows::yes))));
    succeed(accounts->migrate());  // an instance without them is not disturbed
}

TEMPLATE_TEST_CASE("a call on a database that was never migrated fails and changes nothing", "",
                   GATEHOUSE_ACCOUNT_BACKENDS) {
    TestType database;
    auto store = database.open();
    CHECK(code(store->begin_attempt({}, kFiveIn15Minutes, kSomebody)) == Errc::internal);
    CHECK(code(store->load_account(session::UserId{1})) == Errc::internal);
    succeed(store->migrate());
    CHECK(code(store->load_account(session::UserId{1})) == Errc::not_found);
}
