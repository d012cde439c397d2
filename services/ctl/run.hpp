// Runs a command: one overload per kind, in the file of its subject. Those with an Api ask the session service.
#pragma once

#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/problem.hpp"

namespace gatehouse::ctl {

// users.cpp
[[nodiscard]] Answer<> run(const UsersCreate& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersList& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersShow& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersUpdate& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersSetPassword& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersDisable& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersEnable& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const UsersDelete& command, Api& api, Context& context);
// import.cpp
[[nodiscard]] Answer<> run(const UsersImport& command, Api& api, Context& context);
// sessions.cpp
[[nodiscard]] Answer<> run(const SessionsList& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const SessionsRevoke& command, Api& api, Context& context);
// lockouts.cpp
[[nodiscard]] Answer<> run(const LockoutsList& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const LockoutsClear& command, Api& api, Context& context);
// credentials.cpp
[[nodiscard]] Answer<> run(const CredentialsNew& command, Context& context);
// schema.cpp
[[nodiscard]] Answer<> run(const DbPlan& command, Api& api, Context& context);
[[nodiscard]] Answer<> run(const DbApply& command, Api& api, Context& context);
// config_check.cpp
[[nodiscard]] Answer<> run(const ConfigCheck& command, Context& context);
// healthcheck.cpp
[[nodiscard]] Answer<> run(const Healthcheck& command, Context& context);

// Runs whichever it is, prints what went wrong, and returns the process's exit code.
[[nodiscard]] int run(const Invocation& invocation, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace gatehouse::ctl
