// config check: asks the services themselves, because each knows its own variables.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "proto/json.hpp"

extern char** environ;

namespace gatehouse::ctl {

namespace {

struct Checked {
    std::string name;
    bool ok = false;
    std::string text;  // what it printed
};

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
        const auto got = ::read(descriptor, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
}

// What a service started on that data directory has: deploy/run writes it down. Ours, which would win, does not count.
Answer<Environment> environment_of(const std::string& data) {
    const auto file = std::filesystem::path(data) / "env";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return problem(ExitCode::usage, fmt::format("{} does not exist", file.string()),
                       "is that the data directory of a service that deploy/run started? Without --data this "
                       "environment is checked");
    }
    auto environment = read_dotenv(file.string());
    if (!environment) return problem(ExitCode::usage, environment.error().detail);
    return std::move(*environment);
}

// Runs `program --check-config` with that environment, in our directory; both its outputs are kept.
Answer<Checked> check(const std::filesystem::path& program, char** environment) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return problem(ExitCode::usage, "no pipe can be made");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::string path = program.string();
    std::string option = "--check-config";
    std::array<char*, 3> arguments{path.data(), option.data(), nullptr};
    pid_t child = -1;
    const int failed = ::posix_spawn(&child, path.c_str(), &actions, nullptr, arguments.data(), environment);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        return problem(ExitCode::usage,
                       fmt::format("{} cannot be run: {}", path, std::generic_category().message(failed)),
                       "the services' binaries must lie beside gatehousectl");
    }
    Checked checked{program.filename().string(), false, read_all(ends[0])};
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    checked.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return checked;
}

std::string to_json(const std::vector<Checked>& all) {
    proto::JsonWriter out;
    out.begin_object();
    out.begin_array("services");
    for (const auto& checked : all) {
        out.begin_object();
        out.text("name", checked.name);
        out.flag("ok", checked.ok);
        out.text("output", checked.text);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

}  // namespace

Answer<> run(const ConfigCheck&, Context& context) {
    std::error_code error;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return problem(ExitCode::usage, "cannot tell where gatehousectl lies: " + error.message());
    std::vector<std::string> lines;
    std::vector<char*> pointers;
    if (!context.common.data.empty()) {
        const auto environment = environment_of(context.common.data);
        if (!environment) return std::unexpected(environment.error());
        for (const auto& [name, value] : *environment) lines.push_back(fmt::format("{}={}", name, value));
        for (std::string& line : lines) pointers.push_back(line.data());
        pointers.push_back(nullptr);
    }
    std::vector<Checked> all;
    std::string text;
    std::string wrong;
    for (const char* name : {"gatehouse-session", "gatehouse-gateway"}) {
        auto checked = check(own.parent_path() / name, pointers.empty() ? environ : pointers.data());
        if (!checked) return std::unexpected(std::move(checked).error());
        text += fmt::format("# {}: {}\n{}", name, checked->ok ? "good" : "cannot start", checked->text);
        if (!checked->text.ends_with('\n')) text += '\n';
        if (!checked->ok) wrong += (wrong.empty() ? "" : " and ") + checked->name;
        all.push_back(std::move(*checked));
    }
    context.print(to_json(all), text);
    if (!wrong.empty()) return problem(ExitCode::refused, wrong + " could not start with this configuration");
    return {};
}

}  // namespace gatehouse::ctl
