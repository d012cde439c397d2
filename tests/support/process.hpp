// Child processes of a test: started, watched and stopped by pid, never left behind (PR_SET_PDEATHSIG), their output
// kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace gatehouse::test {

// A directory of the test's own, removed when it goes.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

class Process {
public:
    // Starts argv[0] (looked up in PATH) with this environment *instead of* ours, if given; throws if it cannot.
    // stdout and stderr go to `output` (appended). `inherited` become its descriptors from 3 on.
    Process(std::vector<std::string> argv, std::string output, std::map<std::string, std::string> environment = {},
            std::vector<int> inherited = {});
    ~Process();  // SIGKILL if it still runs, and reaps it
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] bool running();
    void signal(int number);
    void freeze();  // SIGSTOP, and waits until every thread stands still: connections stay, nothing is answered
    void thaw();    // SIGCONT
    // Waits for its end; the exit status (128 + signal if killed). Throws if it still runs after `limit`.
    int wait(std::chrono::milliseconds limit = std::chrono::seconds(10));
    void kill();                               // SIGKILL and reap
    [[nodiscard]] std::string output() const;  // what it has printed so far

private:
    pid_t pid_ = -1;
    int status_ = 0;  // once it has ended
    std::string output_;
};

// Runs a command to its end; throws on time-out. For ctl and shell tools.
struct Ran {
    int status;
    std::string out;
    std::string err;
};
Ran run(std::vector<std::string> argv, const std::string& input = "",
        std::map<std::string, std::string> environment = {},
        std::chrono::milliseconds limit = std::chrono::seconds(60));

// A TCP port on 127.0.0.1 that was free just now.
[[nodiscard]] std::uint16_t free_port();

// Polls `condition` every 5 ms; false if it did not hold within `limit`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(5));

}  // namespace gatehouse::test

template <class Condition>
bool gatehouse::test::eventually(Condition condition, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}
