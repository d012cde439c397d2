// A migration that is killed in the middle.
#pragma once

#include <algorithm>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "session/accounts/account_store.hpp"
#include "session/accounts/schema_options.hpp"
#include "support/catch.hpp"

namespace gatehouse::test {

inline bool all_applied(const std::vector<session::MigrationStep>& plan) {
    return !plan.empty() && std::ranges::all_of(plan, &session::MigrationStep::applied);
}

// Migrates in a process of its own that is killed after its `statements`th statement; whether it lived to the end.
template <class Backend>
bool migrate_and_die(Backend& database, int statements) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        session::SchemaOptions options;
        options.after_statement = [&statements] {
            if (--statements == 0) ::kill(::getpid(), SIGKILL);
        };
        const bool done = database.open(options)->migrate().has_value();
        ::_exit(done ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
        REQUIRE(WEXITSTATUS(status) == 0);
        return true;
    }
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return false;
}

}  // namespace gatehouse::test
