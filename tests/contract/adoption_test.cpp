// Databases of Flask backends (tests/flask) become Gatehouse's, and stay theirs.
#include <algorithm>
#include <string>
#include <vector>

#include "contract/account_fixture.hpp"
#include "contract/migrate_and_die.hpp"
#include "support/flask_schema.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using session::AccountStore;
using session::Verdict;

namespace {

const FlaskSchema& each_schema() { return GENERATE(from_range(flask_schemas())); }

class FlaskDatabase : public MysqlAccounts {
public:
    explicit FlaskDatabase(const std::string& name) { load_flask(options(), name); }

    // All that `SELECT *` shows of a table, as a client sees it.
    [[nodiscard]] std::string rows_of(const std::string& table, const std::string& where = "1 = 1") {
        mysql::Connection connection(options());
        std::string all;
        int columns = 0;
        {
            auto count = connection.query(
                "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
                " AND LOWER(extra) NOT LIKE '%invisible%'",
                {table});
            if (count.next()) columns = static_cast<int>(count.integer(0));
        }
        auto rows = connection.query("SELECT * FROM " + table + " WHERE " + where + " ORDER BY 1");
        while (rows.next()) {
            for (int i = 0; i < columns; ++i) all += rows.text(i) + '|';
            all += '\n';
        }
        return all;
    }
    void flask(const std::string& statement) {
        mysql::Connection connection(options());
        connection.run("SET SESSION sql_mode = ''");
        connection.run(statement);
    }
};

session::Attempt admitted(AccountStore& store, std::string_view email) {
    auto admission = value(store.begin_attempt(key_of(email), kFiveIn15Minutes, kSomebody));
    if (!std::holds_alternative<session::Attempt>(admission)) FAIL("throttled");
    return std::get<session::Attempt>(std::move(admission));
}

std::string text_of(const std::vector<session::MigrationStep>& plan) {
    std::string text;
    for (const auto& step : plan) {
        for (const auto& line : step.found) text += line + "\n";
        for (const auto& statement : step.statements) text += statement + ";\n";
    }
    return text;
}

}  // namespace

TEST_CASE("the plan of a Flask database says what is what and the exact statements, and changes nothing") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase database(schema.file);
    const auto before = database.schema();
    const auto plan = value(database.open()->plan(session::ReadRows::yes));
    const auto text = text_of(plan);
    CAPTURE(text);
    for (const auto& line : schema.lines) CHECK(text.find(line) != std::string::npos);
    CHECK(text.find("ALTER TABLE users MODIFY COLUMN `" + schema.hash + "` varchar(255)") != std::string::npos);
    CHECK(plan.front().statements.front().find("MODIFY") != std::string::npos);  // the hash is widened first
    CHECK(text.find("login_attempts is another program's") != std::string::npos);
    CHECK(std::ranges::none_of(plan, &session::MigrationStep::applied));
    CHECK(database.schema() == before);
}

TEST_CASE("after adoption a Flask database looks as before to Flask, and its users are Gatehouse's") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase database(schema.file);
    const auto users = database.rows_of("users");
    const auto attempts = database.rows_of("login_attempts");
    auto store = database.open();
    succeed(store->migrate());
    CHECK(all_applied(value(store->plan(session::ReadRows::yes))));
    CHECK(database.rows_of("users") == users);

    const auto ada = admitted(*store, "ada@example.org");
    REQUIRE(ada.account);
    CHECK(ada.account->active);
    CHECK(ada.account->full_name == "Ada Lovelace");
    CHECK(ada.account->password_hash.starts_with("$2b$04$"));
    CHECK(ada.account->password_hash.size() == 60);
    succeed(store->finish_attempt(ada.id, Verdict::success));
    CHECK(value(store->load_account(ada.account->id)).last_login_at);
    CHECK_FALSE(admitted(*store, "bob@example.org").account->active);
    const auto carol = value(store->load_account(key_of("Carol@example.org")));
    CHECK(carol.active);
    CHECK(carol.full_name == "Carol José");
    CHECK(value(store->list_accounts(session::UserId{0}, 10)).size() >= 3);

    CHECK(database.rows_of("login_attempts") == attempts);
    CHECK(database.ask("SELECT COUNT(*) FROM gh_login_attempts") == "2\n");
    succeed(database.open()->migrate());
}

TEST_CASE("when Flask last changed a user is still there after adoption and sign-ins") {
    FlaskDatabase database("status");
    const bool zero = GENERATE(false, true);  // as a server without strict mode takes it
    const std::string when = zero ? "0000-00-00 00:00:00" : "2024-01-02 03:04:05";
    database.flask("UPDATE users SET updated_at = '" + when + "'");
    auto store = database.open();
    succeed(store->migrate());
    const auto ada = admitted(*store, "ada@example.org");
    REQUIRE(ada.account);
    succeed(store->finish_attempt(ada.id, Verdict::success));
    CHECK(database.ask("SELECT DISTINCT updated_at FROM users") == when + "\n");
    CHECK(database.ask("SELECT COUNT(*) FROM users WHERE last_login_at IS NOT NULL") == "1\n");
}

TEST_CASE("an adoption that is killed after any statement goes on at the next start") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase whole(schema.file);
    succeed(whole.open()->migrate());
    const auto expected = whole.schema();
    int statement = 1;
    for (bool lived = false; !lived; ++statement) {
        CAPTURE(statement);
        FlaskDatabase database(schema.file);
        const auto users = database.rows_of("users");
        lived = migrate_and_die(database, statement);
        CHECK(database.rows_of("users") == users);
        auto store = database.open();
        succeed(store->migrate());
        CHECK(database.schema() == expected);
        CHECK(all_applied(value(store->plan(session::ReadRows::yes))));
        CHECK(database.rows_of("users") == users);
        CHECK(admitted(*store, "ada@example.org").account);
    }
    CHECK(statement > 10);
}

TEST_CASE("three instances adopt a database at once") {
    FlaskDatabase database("is_active");
    std::vector<Result<void>> results(3);
    run_together(3, 3, [&](unsigned n) { results[n] = database.open()->migrate(); });
    for (const auto& result : results) succeed(result);
    CHECK(all_applied(value(database.open()->plan(session::ReadRows::yes))));
}

TEST_CASE("an account that Flask inserts after the adoption is found, and Flask reads what it wrote") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase database(schema.file);
    auto store = database.open();
    succeed(store->migrate());
    const std::string hash = "$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi";
    database.flask(fmt::format(fmt::runtime(schema.insert), "Eve", " Eve@Example.org", hash));
    const auto row = database.rows_of("users", "email LIKE '%Eve@%'");
    REQUIRE_FALSE(row.empty());
    const auto eve = admitted(*store, "eve@example.org");
    REQUIRE(eve.account);
    CHECK(eve.account->active);
    CHECK(eve.account->password_hash == hash);
    succeed(store->finish_attempt(eve.id, Verdict::failed));
    CHECK(database.rows_of("users", "email LIKE '%Eve@%'") == row);
}

TEST_CASE("disabling writes a word that the column admits, and only active, 1 and true may sign in") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase database(schema.file);
    auto store = database.open();
    succeed(store->migrate());
    const auto ada = value(store->load_account(key_of("ada@example.org")));
    const auto epoch = value(store->disable(ada.id));
    CHECK(epoch > ada.epoch);
    const auto stored = "SELECT CAST(" + schema.status + " AS CHAR) FROM users WHERE email = 'Ada@Example.org'";
    CHECK(database.ask(stored) == schema.disabled + "\n");
    CHECK_FALSE(value(store->load_account(ada.id)).active);
    succeed(store->enable(ada.id));
    CHECK(value(store->load_account(ada.id)).active);
    CHECK(database.ask(stored) == (schema.status == "is_active" ? "1\n" : "active\n"));
}

TEST_CASE("a new hash is stored whole, and a rehash compares hashes as bytes") {
    const auto& schema = each_schema();
    CAPTURE(schema.file);
    FlaskDatabase database(schema.file);
    auto store = database.open();
    succeed(store->migrate());
    const auto ada = value(store->load_account(key_of("ada@example.org")));
    using Costs = std::vector<std::pair<crypto::HashCost, std::int64_t>>;
    constexpr std::string_view kNew = "$argon2id$v=19$m=8,t=1,p=1$new";
    const std::string hash = "$argon2id$v=19$m=19456,t=2,p=1$" + std::string(22, 'a') + "$" + std::string(43, 'B');
    value(store->set_password(ada.id, hash));
    CHECK(value(store->load_account(ada.id)).password_hash == hash);
    std::string other = hash;
    std::ranges::replace(other, 'B', 'b');
    CHECK_FALSE(value(store->rehash(ada.id, other, kNew)));
    CHECK(value(store->rehash(ada.id, hash, kNew)));
    CHECK(value(store->hash_mix()).argon2id_by_cost == Costs{{{8192, 1}, 1}});
}

TEST_CASE("accounts are created, changed and deleted in the columns of a Flask database") {
    const auto file = GENERATE(as<std::string>(), "status", "is_active");
    CAPTURE(file);
    FlaskDatabase database(file);
    auto store = database.open();
    succeed(store->migrate());
    for (const bool active : {true, false}) {
        const std::string email = active ? "new@example.org" : "off@example.org";
        const auto made = value(store->create_account({.email = email,
                                                       .key = key_of(email),
                                                       .full_name = "New",
                                                       .role = "admin",
                                                       .password_hash = "$argon2id$x",
                                                       .active = active}));
        CHECK(made.active == active);
        CHECK(made.role == "admin");
        CHECK(value(store->update_account(made.id, {.full_name = "Newer", .role = {}, .email = {}, .email_key = {}}))
                  .full_name == "Newer");
        value(store->delete_account(made.id));
        CHECK(code(store->load_account(made.id)) == Errc::not_found);
    }
    const auto changes = value(store->epochs_changed(std::chrono::hours(1)));
    CHECK(changes.size() == 2);
}

TEST_CASE("what a Flask table does not take is refused with its reason, and nothing is changed") {
    FlaskDatabase database("status");
    auto store = database.open();
    succeed(store->migrate());
    database.flask("ALTER TABLE users ADD COLUMN branch VARCHAR(10) NOT NULL CHECK (branch <> 'closed')");
    const auto ada = value(store->load_account(key_of("ada@example.org")));
    const auto before = database.rows_of("users");
    const auto refused = [](const auto& result, std::string_view reason) {
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::refused);
        CHECK_THAT(result.error().detail, contains_text(std::string(reason)));
    };
    refused(store->update_account(ada.id, {.full_name = {}, .role = "astronaut", .email = {}, .email_key = {}}),
            "role");
    refused(store->create_account({.email = "new@example.org",
                                   .key = key_of("new@example.org"),
                                   .full_name = "New",
                                   .role = "student",
                                   .password_hash = "$argon2id$x",
                                   .active = true}),
            "branch");
    refused(store->delete_account(ada.id), "foreign key");
    CHECK(database.rows_of("users") == before);
}

TEST_CASE("guessing is throttled in a Flask database, whose own attempts do not count") {
    FlaskDatabase database("status");
    auto store = database.open();
    succeed(store->migrate());
    for (int i = 0; i < 5; ++i) {
        succeed(store->finish_attempt(admitted(*store, "ada@example.org").id, Verdict::failed));
    }
    auto refused = value(store->begin_attempt(key_of("ada@example.org"), kFiveIn15Minutes, kSomebody));
    CHECK(std::holds_alternative<session::Throttled>(refused));
    CHECK(value(store->list_lockouts(kFiveIn15Minutes, 10)).size() == 1);
    CHECK(value(store->clear_lockout(key_of("ada@example.org"), std::chrono::minutes(15))) == 5);
    CHECK(admitted(*store, "ada@example.org").account);
}

TEST_CASE("two addresses with one canonical form are refused by their ids, and nothing is changed") {
    FlaskDatabase database("same_address");
    const auto before = database.schema();
    const auto users = database.rows_of("users");
    const auto refused = database.open()->migrate();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_input);
    INFO(refused.error().detail);
    CHECK(refused.error().detail.find("1 and 3") != std::string::npos);
    CHECK(refused.error().detail.find("SELECT user_id, email FROM users WHERE user_id IN (1, 3)") != std::string::npos);
    CHECK(refused.error().detail.find("xample.org") == std::string::npos);
    CHECK(code(database.open()->plan(session::ReadRows::yes)) == Errc::invalid_input);
    CHECK(database.schema() == before);
    CHECK(database.rows_of("users") == users);
    database.flask("DELETE FROM users WHERE user_id = 3");  // the fix
    succeed(database.open()->migrate());
}

TEST_CASE("columns that cannot be mapped are refused with their fixes, and nothing is changed") {
    FlaskDatabase database("unmappable");
    const auto before = database.schema();
    const auto refused = database.open()->migrate();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_input);
    const auto& detail = refused.error().detail;
    INFO(detail);
    const std::string fixes[] = {"ALTER TABLE users ADD COLUMN user_id BIGINT NOT NULL AUTO_INCREMENT UNIQUE",
                                 "ALTER TABLE users MODIFY COLUMN status enum('active','banned','disabled') NOT NULL"};
    for (const auto& fix : fixes) CHECK(detail.find(fix) != std::string::npos);
    CHECK(detail.find("id (char(36)), full_name (varchar(100))") != std::string::npos);
    CHECK(code(database.open()->plan(session::ReadRows::yes)) == Errc::invalid_input);
    CHECK(database.schema() == before);
    for (const auto& fix : fixes) database.flask(fix);
    auto store = database.open();
    succeed(store->migrate());
    CHECK(admitted(*store, "ada@example.org").account->active);
}

TEST_CASE("what nobody ran to the end does not count: a database that Gatehouse made keeps its own names") {
    MysqlAccounts database;
    succeed(database.open()->migrate());
    CHECK(database.ask("SELECT COUNT(*) FROM login_attempts") == "0\n");
    CHECK(database.ask("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
                       " AND table_name = 'gh_login_attempts'") == "0\n");
}
