// The messages of the admin API against their golden files: written byte by byte as there, and read back.
#include "proto/accounts.hpp"
#include "proto/lockouts.hpp"
#include "proto/schema.hpp"
#include "proto/sessions.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using gatehouse::test::golden;

namespace {

Account ada() {
    return {1, "Ada Lovelace", "ada@example.org", "student", "active", true, "argon2id", 1763800000, 1763800100};
}

Account grace() {
    return {2, "Grace \"Amazing\" Hopper", "grace@example.org", "staff", "disabled", false, "bcrypt", 1763800001, {}};
}

template <class T>
void check_mistake(const Result<T>& read, Errc code, std::string_view word) {
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    INFO(read.error().detail);
    CHECK(read.error().detail.find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("an account is written and read as in its golden file") {
    CHECK(to_json(ada()) == golden("account"));
    CHECK(account_from_json(golden("account")) == ada());
}

TEST_CASE("a page of accounts is written and read as in its golden file") {
    const AccountList list{{ada(), grace()}, 2};
    CHECK(to_json(list) == golden("account_list"));
    CHECK(account_list_from_json(golden("account_list")) == list);
    CHECK(account_list_from_json(R"({"users":[]})") == AccountList{});
}

TEST_CASE("a new account is written and read as in its golden file") {
    const NewAccount account{"ada@example.org", "Ada Lovelace", "student", Secret(std::string_view("heron-on-a-post"))};
    CHECK(to_json(account) == golden("new_account"));
    const auto read = new_account_from_json(golden("new_account"));
    REQUIRE(read);
    CHECK(read->email == account.email);
    CHECK(read->full_name == account.full_name);
    CHECK(read->role == account.role);
    CHECK(read->password.view() == account.password.view());
}

TEST_CASE("a change of an account names at least one member") {
    const AccountChange change{std::nullopt, "Ada King", "staff"};
    CHECK(to_json(change) == golden("account_change"));
    CHECK(account_change_from_json(golden("account_change")) == change);
    check_mistake(account_change_from_json("{}"), Errc::invalid_input, "none of");
    check_mistake(account_change_from_json(R"({"role":7})"), Errc::invalid_input, "role");
}

TEST_CASE("the small requests are written and read as in their golden files") {
    CHECK(to_json(AccountLookup{"ada@example.org"}) == golden("account_lookup"));
    CHECK(account_lookup_from_json(golden("account_lookup")) == AccountLookup{"ada@example.org"});
    CHECK(to_json(ClearLockout{"ada@example.org"}) == golden("clear_lockout"));
    CHECK(clear_lockout_from_json(golden("clear_lockout")) == ClearLockout{"ada@example.org"});
    const NewPassword password{Secret(std::string_view("heron-on-a-post"))};
    CHECK(to_json(password) == golden("new_password"));
    const auto read = new_password_from_json(golden("new_password"));
    REQUIRE(read);
    CHECK(read->password.view() == "heron-on-a-post");
}

TEST_CASE("the small answers are written and read as in their golden files") {
    CHECK(to_json(SessionsEnded{1, 3}) == golden("sessions_ended"));
    CHECK(sessions_ended_from_json(golden("sessions_ended")) == SessionsEnded{1, 3});
    check_mistake(sessions_ended_from_json(R"({"user_id":1,"sessions_ended":-1})"), Errc::protocol, "range");
    CHECK(to_json(LockoutCleared{5}) == golden("lockout_cleared"));
    CHECK(lockout_cleared_from_json(golden("lockout_cleared")) == LockoutCleared{5});
}

TEST_CASE("an import is written and read as in its golden file") {
    AccountImport import;
    import.users.push_back({"ada@example.org", "Ada Lovelace", "student", "active",
                            Secret(std::string_view("$2b$12$CQ7cZGHoE0lQqBfUzE3Vru3EqXo0OgNG6lDr2qvZ0bYkY3W0gAdpG")),
                            Secret()});
    import.users.push_back({"grace@example.org", "Grace Hopper", "staff", "disabled", Secret(),
                            Secret(std::string_view("heron-on-a-post"))});
    CHECK(to_json(import) == golden("account_import"));
    const auto read = account_import_from_json(golden("account_import"));
    REQUIRE(read);
    REQUIRE(read->users.size() == 2);
    CHECK(read->users[0].password_hash.view() == import.users[0].password_hash.view());
    CHECK(read->users[0].password.empty());
    CHECK(read->users[1].status == "disabled");
    CHECK(read->users[1].password.view() == "heron-on-a-post");
}

TEST_CASE("an imported account has a hash or a password, and a status that is known") {
    check_mistake(imported_account_from_json(R"({"email":"a@b","full_name":"A","role":"r"})"), Errc::invalid_input,
                  "password");
    check_mistake(
        imported_account_from_json(R"({"email":"a@b","full_name":"A","role":"r","password":"x","password_hash":"y"})"),
        Errc::invalid_input, "not both");
    check_mistake(
        imported_account_from_json(R"({"email":"a@b","full_name":"A","role":"r","password":"x","status":"?"})"),
        Errc::invalid_input, "status");
    const auto read = imported_account_from_json(R"({"email":"a@b","full_name":"A","role":"r","password":"x"})");
    REQUIRE(read);
    CHECK(read->status == "active");
}

TEST_CASE("an import of none or of more than a hundred is refused") {
    check_mistake(account_import_from_json(R"({"users":[]})"), Errc::invalid_input, "users");
    std::string many = R"({"users":[)";
    for (int n = 0; n < 101; ++n) many += R"({"email":"a@b","full_name":"A","role":"r","password":"x"},)";
    many.back() = ']';
    check_mistake(account_import_from_json(many + "}"), Errc::invalid_input, "too many");
}

TEST_CASE("an import's report is written and read as in its golden file") {
    const ImportReport report{{{7, {}, ""}, {{}, ErrorCode::conflict, "The address is taken."}}};
    CHECK(to_json(report) == golden("import_report"));
    CHECK(import_report_from_json(golden("import_report")) == report);
    check_mistake(import_report_from_json(R"({"results":[{"message":""}]})"), Errc::protocol, "error_code");
}

TEST_CASE("an import's refusal that only a newer service knows is a refusal") {
    const auto report = import_report_from_json(R"({"results":[{"error_code":"NEW","message":"So and so."}]})");
    REQUIRE(report);
    CHECK(report->results.front() == ImportOutcome{{}, ErrorCode::internal_error, "So and so."});
}

TEST_CASE("a list of sessions is written and read as in its golden file") {
    const SessionList list{{{"0123456789abcdef", 1763800000, 1763800100, 1763886400, 3600, "browser"}}};
    CHECK(to_json(list) == golden("session_list"));
    CHECK(session_list_from_json(golden("session_list")) == list);
}

TEST_CASE("revoking says which session or all, so that a forgotten member ends nothing") {
    CHECK(to_json(RevokeSessions{"0123456789abcdef"}) == golden("revoke_sessions_one"));
    CHECK(to_json(RevokeSessions{}) == golden("revoke_sessions_all"));
    CHECK(revoke_sessions_from_json(golden("revoke_sessions_one")) == RevokeSessions{"0123456789abcdef"});
    CHECK(revoke_sessions_from_json(golden("revoke_sessions_all")) == RevokeSessions{});
    check_mistake(revoke_sessions_from_json("{}"), Errc::invalid_input, "sid");
    check_mistake(revoke_sessions_from_json(R"({"sid":"0123456789abcdef","all":true})"), Errc::invalid_input, "sid");
}

TEST_CASE("a list of lockouts is written and read as in its golden file") {
    const LockoutList list{{{"0123456789abcdef", 1, "ada@example.org", 5, 600}, {"fedcba9876543210", {}, {}, 7, 1}}};
    CHECK(to_json(list) == golden("lockout_list"));
    CHECK(lockout_list_from_json(golden("lockout_list")) == list);
}

TEST_CASE("a schema plan is written and read as in its golden file") {
    const SchemaPlan plan{{{1, "users", true, {"user_id is users.id (int)"}, {"CREATE TABLE users (user_id BIGINT)"}},
                           {2, "throttle_slots", false, {}, {}}}};
    CHECK(to_json(plan) == golden("schema_plan"));
    CHECK(schema_plan_from_json(golden("schema_plan")) == plan);
}
