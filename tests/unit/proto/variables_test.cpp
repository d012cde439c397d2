#include "proto/variables.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "base/settings.hpp"
#include "support/catch.hpp"

namespace gatehouse::proto {
namespace {

// The variables that a text mentions as `NAME=` at the start of a line, commented out or not, and how often.
std::map<std::string, int> variables_in(const std::string& path) {
    std::ifstream file(path);
    std::map<std::string, int> found;
    const std::regex assignment(R"(^(?:# )?([A-Z][A-Z0-9_]*)=.*$)");
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
        if (std::regex_match(line, match, assignment)) ++found[match[1]];
    }
    return found;
}

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// String literals of the form "DB_HOST" or "PAGES".
std::set<std::string, std::less<>> capital_literals_in(const std::string& source) {
    static const std::regex literal(R"re("([A-Z][A-Z0-9]{3,}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)")re");
    std::set<std::string, std::less<>> found;
    for (std::sregex_iterator at(source.begin(), source.end(), literal), end; at != end; ++at) found.insert((*at)[1]);
    return found;
}

const std::filesystem::path root = GATEHOUSE_SOURCE_DIR;

}  // namespace

TEST_CASE("what reads the configuration reads known variables only") {
    std::set<std::string, std::less<>> unknown;
    for (const auto* file :
         {"services/gateway/config.cpp", "services/session/config.cpp", "libs/web/server_settings.cpp",
          "libs/mysql/settings.cpp", "libs/session_client/settings.cpp", "proto/app_env.cpp"}) {
        for (const auto& name : capital_literals_in(contents_of(root / file))) {
            if (std::ranges::find(known_variables(), name) == known_variables().end()) unknown.insert(name);
        }
    }
    CHECK(unknown == std::set<std::string, std::less<>>{});
}

TEST_CASE("every known variable is read by something") {
    std::set<std::string, std::less<>> read;
    for (const auto* folder : {"services", "libs", "proto"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() != ".cpp" || entry.path().filename() == "variables.cpp") continue;
            read.merge(capital_literals_in(contents_of(entry.path())));
        }
    }
    std::set<std::string_view> unread;
    for (auto name : known_variables()) {
        const auto secret = name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name;
        if (!read.contains(secret) && !read.contains(name)) unread.insert(name);
    }
    CHECK(unread == std::set<std::string_view>{});
}

TEST_CASE("every variable is named once") {
    const auto names = known_variables();
    CHECK(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE(".env.example explains every variable, each once, and no other") {
    const auto explained = variables_in(GATEHOUSE_SOURCE_DIR "/.env.example");
    std::set<std::string, std::less<>> missing;
    for (const auto name : known_variables()) {
        const auto found = explained.find(std::string(name));
        if (found == explained.end() || found->second != 1) missing.insert(std::string(name));
    }
    CHECK(missing == std::set<std::string, std::less<>>{});
    CHECK(explained.size() == known_variables().size());
}

TEST_CASE("the README's table has the defaults of .env.example") {
    const auto example = contents_of(root / ".env.example");
    const auto readme = contents_of(root / "README.md");
    const std::regex row(R"re(\| `([A-Z_0-9]+)` \| (?:`([^`]*)`)? ?\|)re");
    int rows = 0;
    for (std::sregex_iterator at(readme.begin(), readme.end(), row), end; at != end; ++at, ++rows) {
        const auto line = (*at)[1].str() + "=" + (*at)[2].str() + "\n";
        INFO(line);
        CHECK((example.find("\n" + line) != std::string::npos || example.find("\n# " + line) != std::string::npos));
    }
    CHECK(rows > 10);
}

TEST_CASE(".env.example can be used as it is: its lines are read and none is unknown") {
    const auto env = read_environment(GATEHOUSE_SOURCE_DIR "/.env.example");
    REQUIRE(env.has_value());
    CHECK(env->contains("SECRET_KEY"));
}

TEST_CASE("no variable that systems set by themselves passes for a slip of ours") {
    Environment env;
    for (const auto* name : {"CI",
                             "COLUMNS",
                             "DEBIAN_FRONTEND",
                             "DISPLAY",
                             "EDITOR",
                             "GID",
                             "HOME",
                             "HOST",
                             "HOSTNAME",
                             "HOSTTYPE",
                             "IFS",
                             "INVOCATION_ID",
                             "JOURNAL_STREAM",
                             "LANG",
                             "LANGUAGE",
                             "LC_ALL",
                             "LD_PRELOAD",
                             "LESS",
                             "LINES",
                             "LISTEN_FDS",
                             "LISTEN_FDNAMES",
                             "LISTEN_PID",
                             "LOGNAME",
                             "LS_COLORS",
                             "MACHTYPE",
                             "MAIL",
                             "MAINPID",
                             "MANAGERPID",
                             "NAME",
                             "NODE_ENV",
                             "NOTIFY_SOCKET",
                             "OLDPWD",
                             "OSTYPE",
                             "PAGER",
                             "PATH",
                             "PORT",
                             "PPID",
                             "PWD",
                             "RUNLEVEL",
                             "SESSION_MANAGER",
                             "SHELL",
                             "SHLVL",
                             "SSH_AUTH_SOCK",
                             "SSH_CONNECTION",
                             "SUDO_USER",
                             "SYSTEMD_EXEC_PID",
                             "TERM",
                             "TMPDIR",
                             "TZ",
                             "UID",
                             "USER",
                             "USERNAME",
                             "VIRTUAL_ENV",
                             "WATCHDOG_USEC",
                             "XDG_RUNTIME_DIR",
                             "XDG_SESSION_ID",
                             "DB_URL",
                             "DATABASE_URL",
                             "MYSQL_HOST",
                             "MYSQL_PASSWORD",
                             "MYSQL_USER",
                             "REDIS_HOST",
                             "REDIS_PORT",
                             "REDIS_PASSWORD",
                             "APP_NAME",
                             "APP_DEBUG",
                             "SECRET_KEY_BASE",
                             "container"}) {
        env.emplace(name, "x");
    }
    CHECK(Settings(env, known_variables()).mistakes() == std::vector<std::string>{});
}

}  // namespace gatehouse::proto
