// gatehousectl on a terminal: asks for passwords without showing them, and gives the terminal back as it was.
#include <array>
#include <csignal>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "ctl_world.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

// gatehousectl --data DIR … with a terminal of its own.
class OnTerminal {
public:
    OnTerminal(const CtlWorld& world, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(),
                         {GATEHOUSE_BIN_DIR "/gatehousectl", "--data", world.directory().path().string()});
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        if (child_ == 0) {
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        REQUIRE(child_ > 0);
    }
    ~OnTerminal() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::close(terminal_);
    }
    OnTerminal(const OnTerminal&) = delete;
    OnTerminal& operator=(const OnTerminal&) = delete;

    // Waits until `text` has been shown.
    void expect(std::string_view text) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (shown_.find(text) == shown_.npos && std::chrono::steady_clock::now() < end && read_some()) continue;
        INFO("shown: " << shown_);
        REQUIRE(shown_.find(text) != shown_.npos);
    }
    void type(std::string_view text) const {
        REQUIRE(::write(terminal_, text.data(), text.size()) == ssize_t(text.size()));
    }
    [[nodiscard]] bool echoes() const {
        termios settings{};
        REQUIRE(::tcgetattr(terminal_, &settings) == 0);
        return (settings.c_lflag & ECHO) != 0;
    }
    // The wait status.
    int end() {
        while (read_some()) continue;
        int status = 0;
        REQUIRE(::waitpid(child_, &status, 0) == child_);
        child_ = -1;
        return status;
    }
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

private:
    bool read_some() {
        pollfd ready{terminal_, POLLIN, 0};
        if (::poll(&ready, 1, 20'000) <= 0) return false;
        std::array<char, 512> part{};
        const auto got = ::read(terminal_, part.data(), part.size());
        if (got <= 0) return false;  // EIO: the child has gone
        shown_.append(part.data(), std::size_t(got));
        return true;
    }

    int terminal_ = -1;
    pid_t child_ = -1;
    std::string shown_;
};

}  // namespace

TEST_CASE("a password is asked for twice, is not shown, and works") {
    CtlWorld world;
    world.start_and_get_ready();
    OnTerminal ctl(world, {"users", "create", kAda, "--name", "Ada"});
    ctl.expect("Password: ");
    REQUIRE(eventually([&] { return !ctl.echoes(); }));
    ctl.type("heron on a post\n");
    ctl.expect("The same again: ");
    REQUIRE(eventually([&] { return !ctl.echoes(); }));
    ctl.type("heron on a post\n");
    const int status = ctl.end();
    INFO(ctl.shown());
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(ctl.shown().find("heron") == std::string::npos);
    CHECK(world.login(kAda, "heron on a post").status == 200);
}

TEST_CASE("two different passwords change nothing") {
    CtlWorld world;
    world.start_and_get_ready();
    world.create(kAda, "heron on a post");
    OnTerminal ctl(world, {"users", "set-password", kAda});
    ctl.expect("Password: ");
    ctl.type("two herons on a post\n");
    ctl.expect("The same again: ");
    ctl.type("two herons on a roof\n");
    const int status = ctl.end();
    CHECK(WEXITSTATUS(status) == 2);
    CHECK(ctl.shown().find("different") != std::string::npos);
    CHECK(world.login(kAda, "heron on a post").status == 200);
}

TEST_CASE("Ctrl-C at the prompt ends it by that signal and gives the echo back") {
    CtlWorld world;
    world.start_and_get_ready();
    world.create(kAda, "heron on a post");
    OnTerminal ctl(world, {"users", "set-password", kAda});
    ctl.expect("Password: ");
    REQUIRE(eventually([&] { return !ctl.echoes(); }));
    ctl.type("two her\x03");
    REQUIRE(eventually([&] { return ctl.echoes(); }));
    const int status = ctl.end();
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("delete is done only when it is confirmed") {
    CtlWorld world;
    world.start_and_get_ready();
    world.create(kAda, "heron on a post");
    {
        OnTerminal ctl(world, {"users", "delete", kAda});
        ctl.expect("Delete user 1 (ada@example.org) for good? [y/N] ");
        ctl.type("\n");
        const int status = ctl.end();
        CHECK(WEXITSTATUS(status) == 1);
    }
    CHECK(world.login(kAda, "heron on a post").status == 200);
    OnTerminal ctl(world, {"users", "delete", kAda});
    ctl.expect("[y/N] ");
    ctl.type("y\n");
    const int status = ctl.end();
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(world.login(kAda, "heron on a post").status == 401);
}
