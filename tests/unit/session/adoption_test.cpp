// What is recognised in another program's users table, without a server. On servers: tests/contract/adoption_test.cpp.
#include "session/accounts/adoption.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;

namespace {

FoundColumn column(std::string name, std::string full_type, std::int64_t characters = 0) {
    auto type = full_type.substr(0, full_type.find('('));
    return {.name = std::move(name),
            .type = std::move(type),
            .full_type = std::move(full_type),
            .characters = characters,
            .has_default = true};
}

// A table that can be adopted.
FoundTable usual() {
    FoundTable table;
    table.engine = "InnoDB";
    table.columns = {column("id", "int(11)"),
                     column("name", "varchar(80)", 80),
                     column("email", "varchar(120)", 120),
                     column("password", "varchar(60)", 60),
                     column("role", "varchar(20)", 20),
                     column("status", "varchar(20)", 20)};
    table.columns.front().generated_id = true;
    table.indexes = {{"PRIMARY", true, {"id"}}};
    table.create =
        "CREATE TABLE `users` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
        "  `password` varchar(60) COLLATE utf8mb4_bin NOT NULL DEFAULT '' COMMENT 'a)b',\n) ENGINE=InnoDB";
    return table;
}
FoundColumn& of(FoundTable& table, std::string_view name) {
    return *std::ranges::find(table.columns, name, &FoundColumn::name);
}
void replace(FoundTable& table, std::string_view name, std::string full_type, std::int64_t characters = 0) {
    of(table, name) = column(std::string(name), std::move(full_type), characters);
}
void remove(FoundTable& table, std::string_view name) {
    std::erase_if(table.columns, [&](const auto& it) { return it.name == name; });
}

Adoption adopted(const FoundTable& table) {
    auto made = adopt(table);
    if (!made) FAIL(made.error().detail);
    return *std::move(made);
}
std::string refused(const FoundTable& table) {
    const auto made = adopt(table);
    if (made) FAIL("it was adopted");
    CHECK(made.error().code == Errc::invalid_input);
    return made.error().detail;
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
bool has_line(const std::vector<std::string>& lines, std::string_view part) {
    return std::ranges::any_of(lines, [&](const auto& line) { return has(line, part); });
}

}  // namespace

TEST_CASE("names are mapped, and the hash column keeps all but its width") {
    const auto made = adopted(usual());
    CHECK(made.table.id == "id");
    CHECK(made.table.name == "name");
    CHECK(made.table.hash == "password");
    CHECK(made.table.disable == "status = 'disabled'");
    REQUIRE(made.alters.size() == 6);
    CHECK(made.alters[0] ==
          "ALTER TABLE users MODIFY COLUMN `password` varchar(255) COLLATE utf8mb4_bin NOT NULL "
          "DEFAULT '' COMMENT 'a)b'");
    for (std::size_t i = 1; i < made.alters.size(); ++i) CHECK(has(made.alters[i], "INVISIBLE"));
}

TEST_CASE("columns are recognised in any case of letters, and written as the source has them") {
    auto table = usual();
    of(table, "email").name = "Email";
    of(table, "status").name = "STATUS";
    const auto made = adopted(table);
    CHECK(made.table.email == "email");
    CHECK(made.table.status == "status");
}

TEST_CASE("a table that has everything needs nothing") {
    auto table = usual();
    replace(table, "password", "varchar(255)", 255);
    for (const char* time : {"created_at", "updated_at", "last_login_at"})
        table.columns.push_back(column(time, "timestamp"));
    table.columns.push_back(column("email_key", "binary(32)", 32));
    table.columns.back().nullable = true;
    table.columns.push_back(column("session_epoch", "bigint(20)"));
    table.indexes.push_back({"a", true, {"email_key"}});
    table.indexes.push_back({"b", false, {"session_epoch"}});
    CHECK(adopted(table).alters.empty());
    table.indexes.clear();
    table.indexes = {{"PRIMARY", true, {"id"}}, {"both", true, {"email_key", "role"}}};
    CHECK(adopted(table).alters ==
          std::vector<std::string>{"ALTER TABLE users ADD UNIQUE KEY users_email_key (email_key)",
                                   "ALTER TABLE users ADD KEY users_session_epoch (session_epoch)"});
}

TEST_CASE("of status and is_active both must allow a sign-in, and both are written") {
    auto table = usual();
    table.columns.push_back(column("is_active", "bit(1)"));
    const auto made = adopted(table);
    CHECK(has(made.table.status, "CAST(is_active + 0 AS CHAR)"));
    CHECK(has(made.table.status, "IF("));
    CHECK(made.table.disable == "status = 'disabled', is_active = 0");
    CHECK(made.table.activate == "status = 'active', is_active = 1");
}

TEST_CASE("disabling writes the first of disabled, inactive, suspended and 0 that the type admits") {
    using Case = std::pair<std::string, std::string>;
    const auto [type, written] =
        GENERATE(Case{"enum('active','disabled','inactive')", "'disabled'"},
                 Case{"enum('active','suspended','0')", "'suspended'"}, Case{"enum('ACTIVE','INACTIVE')", "'INACTIVE'"},
                 Case{"enum('1','0')", "'0'"}, Case{"tinyint(1)", "0"}, Case{"int(11)", "0"},
                 Case{"enum('it''s','active','disabled')", "'disabled'"});
    CAPTURE(type);
    auto table = usual();
    replace(table, "status", type);
    CHECK(adopted(table).table.disable == "status = " + written);
    replace(table, "status", "char(1)", 1);
    CHECK(adopted(table).table.disable == "status = '0'");
    CHECK(adopted(table).table.activate == "status = '1'");
}

TEST_CASE("a status without a word for either is refused with a wider type") {
    auto table = usual();
    replace(table, "status", "enum('active','banned')");
    CHECK(has(refused(table), "MODIFY COLUMN status enum('active','banned','disabled')"));
    replace(table, "status", "enum('on','disabled')");
    CHECK(has(refused(table), "MODIFY COLUMN status enum('on','disabled','active')"));
    replace(table, "status", "date");
    CHECK(has(refused(table), "status is date"));
}

TEST_CASE("all that is in the way is told at once, with the table's columns") {
    FoundTable table;
    table.columns = {column("uid", "int(11)"), column("mail", "varchar(60)", 60)};
    const auto why = refused(table);
    for (const char* part :
         {"uid (int(11)), mail (varchar(60))", "view", "neither user_id nor id", "no email", "none of password_hash",
          "neither full_name nor name", "no role", "neither status nor is_active"}) {
        CAPTURE(part);
        CHECK(has(why, part));
    }
}

TEST_CASE("each missing or unfit column is refused with its fix") {
    using Case = std::pair<std::string, std::string>;
    const auto [name, fix] = GENERATE(Case{"id", "ADD COLUMN user_id BIGINT NOT NULL AUTO_INCREMENT UNIQUE"},
                                      Case{"name", "ADD COLUMN full_name"}, Case{"role", "ADD COLUMN role"},
                                      Case{"status", "ADD COLUMN status"});
    CAPTURE(name);
    auto table = usual();
    remove(table, name);
    CHECK(has(refused(table), fix));
    table = usual();
    table.engine = "MyISAM";
    CHECK(has(refused(table), "ALTER TABLE users ENGINE=InnoDB"));
    table = usual();
    of(table, "id").generated_id = false;
    CHECK(has(refused(table), "ALTER TABLE users MODIFY COLUMN id int(11) NOT NULL AUTO_INCREMENT"));
    table = usual();
    table.columns.push_back(column("email_key", "varchar(64)", 64));
    CHECK(has(refused(table), "email_key is varchar(64)"));
}

TEST_CASE("an integer key beside a text key is taken, and a user_id that is not unique is not") {
    auto table = usual();
    table.columns.push_back(column("user_id", "int(11)"));
    CHECK(adopted(table).table.id == "id");
    replace(table, "id", "char(36)", 36);
    CHECK(has(refused(table), "user_id is not unique by itself; id is char(36)"));
    of(table, "user_id").generated_id = true;
    table.indexes.push_back({"user_id", true, {"user_id"}});
    CHECK(adopted(table).table.id == "user_id");
}

TEST_CASE(
    "what is not taken is said: a second hash, a time of another kind, a column that only the other program fills") {
    auto table = usual();
    table.columns.push_back(column("password_hash", "varchar(100)", 100));
    table.columns.push_back(column("created_at", "int(11)"));
    table.columns.push_back(column("phone", "varchar(20)", 20));
    table.columns.back().has_default = false;
    const auto made = adopted(table);
    CHECK(made.table.hash == "password_hash");
    CHECK(has_line(made.found, "users.password is not read: password_hash is"));
    CHECK(made.table.created == "gh_created_at");
    CHECK(has_line(made.alters, "ADD COLUMN gh_created_at DATETIME(6)"));
    CHECK(has_line(made.found, "users.phone has no default"));
}

TEST_CASE("our attempts have a table of their own where another program has, or may make, one") {
    FoundTable theirs = usual();
    FoundTable ours = usual();
    ours.columns.push_back(column("email_key", "binary(32)", 32));
    FoundTable their_attempts;
    their_attempts.columns = {column("email", "varchar(120)", 120)};
    FoundTable our_attempts;
    for (const auto& name : attempts_columns()) our_attempts.columns.push_back(column(name, "int"));
    CHECK(attempts_table({}, {}, {}) == "login_attempts");
    CHECK(attempts_table(ours, {}, {}) == "login_attempts");
    CHECK(attempts_table(ours, our_attempts, {}) == "login_attempts");
    CHECK(attempts_table(theirs, {}, {}) == "gh_login_attempts");
    CHECK(attempts_table(theirs, their_attempts, {}) == "gh_login_attempts");
    CHECK(attempts_table(theirs, their_attempts, our_attempts) == "gh_login_attempts");
    ours.columns.back().invisible = true;  // once adopted
    CHECK(attempts_table(ours, {}, {}) == "gh_login_attempts");
}
