#include "ctl/command_line.hpp"

#include "support/catch.hpp"

using namespace gatehouse::ctl;

namespace {

Invocation parsed(std::vector<std::string> arguments) {
    auto result = parse_command_line(std::move(arguments));
    const auto* nothing = std::get_if<NothingToRun>(&result);
    INFO((nothing ? nothing->err : std::string()));
    REQUIRE(std::holds_alternative<Invocation>(result));
    return std::get<Invocation>(std::move(result));
}

template <class C>
C command(std::vector<std::string> arguments) {
    auto invocation = parsed(std::move(arguments));
    REQUIRE(std::holds_alternative<C>(invocation.command));
    return std::get<C>(std::move(invocation.command));
}

NothingToRun refused(std::vector<std::string> arguments) {
    auto result = parse_command_line(std::move(arguments));
    REQUIRE(std::holds_alternative<NothingToRun>(result));
    return std::get<NothingToRun>(std::move(result));
}

}  // namespace

TEST_CASE("the common options may stand before and behind the command") {
    for (const auto& arguments :
         {std::vector<std::string>{"--data", "d", "--json", "--timeout", "7", "users", "list"},
          std::vector<std::string>{"users", "list", "--data", "d", "--json", "--timeout", "7"}}) {
        const auto invocation = parsed(arguments);
        CHECK(invocation.common.data == "d");
        CHECK(invocation.common.output == Output::json);
        CHECK(invocation.common.timeout == std::chrono::seconds(7));
        CHECK(std::holds_alternative<UsersList>(invocation.command));
    }
}

TEST_CASE("altering the schema is waited for longer than anything else, unless it is said how long") {
    CHECK(parsed({"users", "list"}).common.timeout == std::chrono::seconds(30));
    CHECK(parsed({"db", "apply"}).common.timeout == std::chrono::minutes(10));
    CHECK(parsed({"db", "apply", "--timeout", "7"}).common.timeout == std::chrono::seconds(7));
}

TEST_CASE("what asks a service that may still be starting can be told how long to ask again") {
    CHECK(parsed({"healthcheck"}).common.wait == std::chrono::seconds(0));
    CHECK(parsed({"healthcheck", "session", "--wait", "5"}).common.wait == std::chrono::seconds(5));
    CHECK(parsed({"db", "plan", "--wait", "5"}).common.wait == std::chrono::seconds(5));
    CHECK(parsed({"db", "apply", "--wait", "5"}).common.wait == std::chrono::seconds(5));
    CHECK(parsed({"db", "apply", "--wait", "5"}).common.timeout == std::chrono::minutes(10));
    CHECK(refused({"healthcheck", "--wait", "-1"}).exit_code == 2);
    CHECK(refused({"healthcheck", "--wait"}).exit_code == 2);
    CHECK(refused({"users", "list", "--wait", "5"}).exit_code == 2);
}

TEST_CASE("users create takes the password from standard input only when told to") {
    const auto told =
        command<UsersCreate>({"users", "create", "a@b.c", "--name", "A B", "--role", "r", "--password-stdin"});
    CHECK(told.email == "a@b.c");
    CHECK(told.name == "A B");
    CHECK(told.role == "r");
    CHECK(told.password == PasswordFrom::standard_input);
    const auto asked = command<UsersCreate>({"users", "create", "a@b.c", "--name", "A"});
    CHECK(asked.role == "user");
    CHECK(asked.password == PasswordFrom::prompt);
}

TEST_CASE("no command takes a password as an argument") {
    CHECK(refused({"users", "create", "a@b.c", "--name", "A", "--password", "x"}).exit_code == 2);
    CHECK(refused({"users", "set-password", "a@b.c", "new-password"}).exit_code == 2);
}

TEST_CASE("users update needs something to change") {
    CHECK(refused({"users", "update", "7"}).exit_code == 2);
    const auto change = command<UsersUpdate>({"users", "update", "7", "--role", "staff"});
    CHECK(change.user == "7");
    CHECK(change.role == "staff");
    CHECK_FALSE(change.email);
    CHECK_FALSE(change.name);
}

TEST_CASE("sessions revoke needs a session or --all, and not both") {
    CHECK(refused({"sessions", "revoke", "7"}).exit_code == 2);
    CHECK(refused({"sessions", "revoke", "7", "0123456789abcdef", "--all"}).exit_code == 2);
    CHECK(command<SessionsRevoke>({"sessions", "revoke", "7", "0123456789abcdef"}).sid == "0123456789abcdef");
    CHECK(command<SessionsRevoke>({"sessions", "revoke", "7", "--all"}).all);
}

TEST_CASE("every other command is parsed into its value") {
    CHECK(command<UsersShow>({"users", "show", "a@b.c"}).user == "a@b.c");
    CHECK(command<UsersSetPassword>({"users", "set-password", "7"}).password == PasswordFrom::prompt);
    CHECK(command<UsersDisable>({"users", "disable", "7"}).user == "7");
    CHECK(command<UsersEnable>({"users", "enable", "7"}).user == "7");
    CHECK_FALSE(command<UsersDelete>({"users", "delete", "7"}).yes);
    CHECK(command<UsersDelete>({"users", "delete", "7", "--yes"}).yes);
    CHECK(command<UsersImport>({"users", "import", "-", "--skip-existing"}).file == "-");
    CHECK(command<SessionsList>({"sessions", "list", "7"}).user == "7");
    CHECK(command<LockoutsClear>({"lockouts", "clear", "a@b.c"}).email == "a@b.c");
    CHECK(command<Healthcheck>({"healthcheck", "gateway"}).target == "gateway");
    CHECK(command<Healthcheck>({"healthcheck"}).target.empty());
    CHECK(command<UsersList>({"users", "list", "--after", "40", "--limit", "20"}).after == 40);
    (void)command<LockoutsList>({"lockouts", "list"});
    (void)command<DbPlan>({"db", "plan"});
    (void)command<DbApply>({"db", "apply"});
    (void)command<ConfigCheck>({"config", "check"});
}

TEST_CASE("credentials new takes known scopes only, with commas") {
    const auto made = command<CredentialsNew>({"credentials", "new", "gw", "--scopes", "login,introspect"});
    CHECK(made.name == "gw");
    CHECK(made.scopes == std::vector<std::string>{"login", "introspect"});
    CHECK(refused({"credentials", "new", "gw", "--scopes", "root"}).exit_code == 2);
    CHECK(refused({"credentials", "new", "gw"}).exit_code == 2);
}

TEST_CASE("numbers out of range are refused") {
    CHECK(refused({"users", "list", "--limit", "0"}).exit_code == 2);
    CHECK(refused({"users", "list", "--limit", "1001"}).exit_code == 2);
    CHECK(refused({"users", "list", "--after", "-1"}).exit_code == 2);
    CHECK(refused({"users", "list", "--timeout", "0"}).exit_code == 2);
    CHECK(refused({"users", "list", "--limit", "5", "--all"}).exit_code == 2);
}

TEST_CASE("help and the version go to standard output with exit code 0, each command with an example") {
    CHECK(refused({"--version"}).out.starts_with("gatehousectl "));
    CHECK(refused({"--help"}).out.find("Exit codes:") != std::string::npos);
    CHECK(refused({"--help"}).out.find("https://HOST:PORT") != std::string::npos);
    for (const auto& words : {std::vector<std::string>{"users", "create"},
                              {"users", "list"},
                              {"users", "show"},
                              {"users", "update"},
                              {"users", "set-password"},
                              {"users", "disable"},
                              {"users", "enable"},
                              {"users", "delete"},
                              {"users", "import"},
                              {"sessions", "list"},
                              {"sessions", "revoke"},
                              {"lockouts", "list"},
                              {"lockouts", "clear"},
                              {"credentials", "new"},
                              {"db", "plan"},
                              {"db", "apply"},
                              {"config", "check"},
                              {"healthcheck"}}) {
        auto arguments = words;
        arguments.emplace_back("--help");
        const auto help = refused(arguments);
        INFO(words.back());
        CHECK(help.exit_code == 0);
        CHECK(help.out.find("Example:\n  gatehousectl " + words.front()) != std::string::npos);
    }
}

TEST_CASE("an unknown command or none is a mistake that says so on standard error") {
    for (const auto& arguments :
         {std::vector<std::string>{}, {"users"}, {"user", "list"}, {"users", "list", "--nope"}}) {
        const auto wrong = refused(arguments);
        CHECK(wrong.exit_code == 2);
        CHECK_FALSE(wrong.err.empty());
        CHECK(wrong.out.empty());
    }
}
