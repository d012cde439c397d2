#include "base/crash.hpp"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <regex>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/process.hpp"

namespace gatehouse {
namespace {

struct Died {
    int status;
    std::string said;
};

// Runs `die` in a child that has the handler installed, as a service's main has.
template <class Die>
Died in_child(Die die) {
    const test::TempDir dir;
    const std::string path = dir / "stderr";
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), STDERR_FILENO);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        // The test framework's own handlers, of the process that was forked, are none of a service's.
        for (const int number : {SIGSEGV, SIGABRT, SIGFPE, SIGILL}) ::signal(number, SIG_DFL);
        install_crash_handler("tes\"ter");
        die();
        ::_exit(0);
    }
    Died died{};
    REQUIRE(::waitpid(child, &died.status, 0) == child);
    std::ifstream file(path);
    died.said.assign(std::istreambuf_iterator<char>(file), {});
    return died;
}

std::regex crash_line(const std::string& signal) {
    return std::regex(R"(\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"error","event":"crash",)"
                      R"("service":"tes\\"ter","signal":")" +
                      signal + R"(","build_id":"[0-9a-f]*","backtrace":\[("unit_base\+0x[0-9a-f]+"|"[^"]+"|,)+\]\}\n)");
}

}  // namespace

TEST_CASE("a fatal signal is told in one line with a backtrace, and still kills") {
    const auto died = in_child([] { ::raise(SIGSEGV); });
    CHECK(WIFSIGNALED(died.status));
    CHECK(WTERMSIG(died.status) == SIGSEGV);
    INFO(died.said);
    CHECK(std::regex_match(died.said, crash_line("SIGSEGV")));
    CHECK(died.said.find("unit_base+0x") != std::string::npos);
}

TEST_CASE("a processor's fault is told and still kills") {
    const auto died = in_child([] { __builtin_trap(); });
    CHECK(WIFSIGNALED(died.status));
    INFO(died.said);
    CHECK(std::regex_search(died.said, crash_line("SIG(ILL|TRAP)")));
}

TEST_CASE("an escaped exception is told with its type and text, then the place, then it aborts") {
    const auto died = in_child([] {
        const auto call = [](void (*function)()) noexcept { function(); };
        call([] { throw std::runtime_error("lost \"it\""); });
    });
    CHECK(WIFSIGNALED(died.status));
    CHECK(WTERMSIG(died.status) == SIGABRT);
    INFO(died.said);
    CHECK(died.said.find(R"("event":"crash.exception")") != std::string::npos);
    CHECK(died.said.find(R"("exception":"std::runtime_error: lost \"it\"")") != std::string::npos);
    CHECK(std::regex_search(died.said, crash_line("SIGABRT")));
}

}  // namespace gatehouse
