// The commands as values: what the command line is parsed into, and what is run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::ctl {

enum class Output : std::uint8_t { people, json };
enum class PasswordFrom : std::uint8_t { prompt, standard_input };

// Options of every command.
struct Common {
    std::string url;   // empty: from --data, the environment or the default
    std::string data;  // a directory that deploy/run keeps its data in
    std::string credential_file;
    std::chrono::seconds timeout{30};
    std::chrono::seconds wait{0};  // of healthcheck, db plan and db apply: how long to ask again
    Output output = Output::people;
};

// USER: an id, or an e-mail address (it has an @).
struct UsersCreate {
    std::string email;
    std::string name;
    std::string role = "user";
    PasswordFrom password = PasswordFrom::prompt;
};
struct UsersList {
    std::int64_t after = 0;
    unsigned limit = 100;
    bool all = false;
};
struct UsersShow {
    std::string user;
};
struct UsersUpdate {
    std::string user;
    std::optional<std::string> email;
    std::optional<std::string> name;
    std::optional<std::string> role;
};
struct UsersSetPassword {
    std::string user;
    PasswordFrom password = PasswordFrom::prompt;
};
struct UsersDisable {
    std::string user;
};
struct UsersEnable {
    std::string user;
};
struct UsersDelete {
    std::string user;
    bool yes = false;
};
struct UsersImport {
    std::string file;  // "-": standard input
    bool skip_existing = false;
};
struct SessionsList {
    std::string user;
};
struct SessionsRevoke {
    std::string user;
    std::string sid;  // empty with `all`
    bool all = false;
};
struct LockoutsList {};
struct LockoutsClear {
    std::string email;
};
struct CredentialsNew {
    std::string name;
    std::vector<std::string> scopes;
};
struct DbPlan {};
struct DbApply {};
struct ConfigCheck {};
struct Healthcheck {
    std::string target;  // gateway, session or an address; empty: both
};

using Command = std::variant<UsersCreate, UsersList, UsersShow, UsersUpdate, UsersSetPassword, UsersDisable,
                             UsersEnable, UsersDelete, UsersImport, SessionsList, SessionsRevoke, LockoutsList,
                             LockoutsClear, CredentialsNew, DbPlan, DbApply, ConfigCheck, Healthcheck>;

struct Invocation {
    Common common;
    Command command;
};

}  // namespace gatehouse::ctl
