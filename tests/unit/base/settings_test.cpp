#include "base/settings.hpp"

#include <array>
#include <fstream>
#include <stdlib.h>

#include "support/catch.hpp"
#include "support/process.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 6> known{"SECRET_KEY", "SECRET_KEY_FILE", "DB_HOST",
                                                "DB_USER",    "LOG_LEVEL",       "REDIS_URL"};

Settings settings_of(Environment env) { return {std::move(env), known}; }

std::string write_file(const std::string& path, std::string_view content) {
    std::ofstream(path) << content;
    return path;
}

bool any_contains(const std::vector<std::string>& texts, std::string_view part) {
    return std::ranges::any_of(texts, [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

Setting shown(const Settings& settings, std::string_view name) {
    for (auto& setting : settings.shown()) {
        if (setting.name == name) return setting;
    }
    FAIL("not shown: " << name);
    return {};
}

}  // namespace

TEST_CASE("an unset or empty variable is its default") {
    auto s = settings_of({{"EMPTY", ""}});
    CHECK(s.text("UNSET") == std::nullopt);
    CHECK(s.text("EMPTY") == std::nullopt);
    CHECK(s.text("EMPTY", "d") == "d");
    CHECK(s.integer("UNSET", 5, 1, 9) == 5);
    CHECK(s.flag("UNSET", true));
    CHECK(s.duration("UNSET", 5s, 1s, 1s, 9s) == 5s);
    CHECK(s.list("UNSET").empty());
    CHECK(s.choice("UNSET", "a", {"a", "b"}) == "a");
    CHECK_FALSE(s.secret("UNSET").has_value());
    CHECK(s.mistakes().empty());
    CHECK(shown(s, "UNSET").is_default);
}

TEST_CASE("every kind of value is read as written") {
    auto s = settings_of({{"T", "x"}, {"I", "-3"}, {"F", "YES"}, {"G", "0"}, {"L", " a, b ,,c"}, {"C", "WARN"}});
    CHECK(s.text("T") == "x");
    CHECK(s.integer("I", 0, -5, 5) == -3);
    CHECK(s.flag("F", false));
    CHECK_FALSE(s.flag("G", true));
    CHECK(s.list("L") == std::vector<std::string>{"a", "b", "c"});
    CHECK(s.choice("C", "info", {"info", "warn"}) == "warn");
    CHECK(s.mistakes().empty());
    CHECK(shown(s, "I").value == "-3");
    CHECK_FALSE(shown(s, "I").is_default);
}

TEST_CASE("a duration has a unit, or counts in the variable's own") {
    const auto read = [](std::string value) {
        auto s = settings_of({{"D", std::move(value)}});
        const auto got = s.duration("D", 1ms, 1min, 1ms, 48h);
        return s.mistakes().empty() ? std::optional(got) : std::nullopt;
    };
    CHECK(read("250ms") == 250ms);
    CHECK(read("5s") == 5s);
    CHECK(read("15") == 15min);
    CHECK(read("24h") == 24h);
    CHECK(read("2d") == 48h);
    CHECK(read("49h") == std::nullopt);
    CHECK(read("1 h") == std::nullopt);
    CHECK(read("h") == std::nullopt);
    CHECK(read("-1s") == std::nullopt);
    CHECK(read("1.5s") == std::nullopt);
    CHECK(read("99999999999999999999s") == std::nullopt);
    CHECK(read("9223372036854775807h") == std::nullopt);
}

TEST_CASE("all mistakes are collected, each names its variable and what would be right, and the default is used") {
    auto s = settings_of({{"I", "12a"}, {"J", "99"}, {"F", "maybe"}, {"D", "soon"}, {"C", "loud"}});
    CHECK(s.integer("I", 5, 1, 9) == 5);
    CHECK(s.integer("J", 6, 1, 9) == 6);
    CHECK(s.flag("F", true));
    CHECK(s.duration("D", 2s, 1s, 1s, 9s) == 2s);
    CHECK(s.choice("C", "info", {"info", "warn"}) == "info");
    s.mistake("X", "is missing");
    const auto mistakes = s.mistakes();
    REQUIRE(mistakes.size() == 6);
    CHECK(mistakes[0] == R"(I must be a whole number from 1 to 9, not "12a")");
    CHECK(mistakes[1] == R"(J must be a whole number from 1 to 9, not "99")");
    CHECK(mistakes[2] == R"(F must be on or off, not "maybe")");
    CHECK(mistakes[3].starts_with("D must be a duration from 1s to 9s"));
    CHECK(mistakes[4] == R"(C must be one of info, warn, not "loud")");
    CHECK(mistakes[5] == "X is missing");
}

TEST_CASE("a secret comes from its variable, masked where it is shown") {
    auto s = settings_of({{"SECRET_KEY", "hunter2-hunter2"}});
    const auto secret = s.secret("SECRET_KEY");
    REQUIRE(secret.has_value());
    CHECK(secret->view() == "hunter2-hunter2");
    CHECK(shown(s, "SECRET_KEY").value == "********");
}

TEST_CASE("a secret comes from the file that NAME_FILE names, less one line feed") {
    const test::TempDir dir;
    auto s = settings_of({{"SECRET_KEY_FILE", write_file(dir / "key", "two\nlines\n\n")}});
    const auto secret = s.secret("SECRET_KEY");
    REQUIRE(secret.has_value());
    CHECK(secret->view() == "two\nlines\n");
    CHECK(s.mistakes().empty());
    CHECK(shown(s, "SECRET_KEY").value == "********");
}

TEST_CASE("a secret that is given twice, empty or unreadable is a mistake that does not tell it") {
    const test::TempDir dir;
    auto twice = settings_of({{"SECRET_KEY", "hunter2"}, {"SECRET_KEY_FILE", write_file(dir / "a", "hunter3")}});
    CHECK_FALSE(twice.secret("SECRET_KEY").has_value());
    CHECK(any_contains(twice.mistakes(), "SECRET_KEY and SECRET_KEY_FILE are both set"));
    CHECK_FALSE(any_contains(twice.mistakes(), "hunter"));

    auto empty = settings_of({{"SECRET_KEY_FILE", write_file(dir / "b", "\n")}});
    CHECK_FALSE(empty.secret("SECRET_KEY").has_value());
    CHECK(any_contains(empty.mistakes(), "SECRET_KEY_FILE (" + (dir / "b") + ") names an empty file"));

    // A secret that was put where its file's name belongs.
    auto wrong = settings_of({{"SECRET_KEY_FILE", "hunter2-is-no-file"}});
    CHECK_FALSE(wrong.secret("SECRET_KEY").has_value());
    CHECK(any_contains(wrong.mistakes(), "SECRET_KEY_FILE cannot be read: No such file"));
    CHECK_FALSE(any_contains(wrong.mistakes(), "hunter"));

    for (const std::string text : {"/hunter2", "/hunter2/is/no/file"}) {
        auto like_a_path = settings_of({{"SECRET_KEY_FILE", text}});
        CHECK_FALSE(like_a_path.secret("SECRET_KEY").has_value());
        CHECK_FALSE(any_contains(like_a_path.mistakes(), "hunter"));
    }

    auto directory = settings_of({{"SECRET_KEY_FILE", dir.path().string()}});
    CHECK_FALSE(directory.secret("SECRET_KEY").has_value());
    CHECK(any_contains(directory.mistakes(), "SECRET_KEY_FILE"));

    auto large = settings_of({{"SECRET_KEY_FILE", write_file(dir / "c", std::string(70000, 'x'))}});
    CHECK_FALSE(large.secret("SECRET_KEY").has_value());
    CHECK(any_contains(large.mistakes(), "over 64 KiB"));
}

TEST_CASE("the path of a secret's file that cannot be read is told") {
    const test::TempDir dir;
    auto absent = settings_of({{"SECRET_KEY_FILE", dir / "absent"}});
    CHECK_FALSE(absent.secret("SECRET_KEY").has_value());
    CHECK(any_contains(absent.mistakes(), "SECRET_KEY_FILE (" + (dir / "absent") + ") cannot be read: No such file"));
}

TEST_CASE("a variable is set if it is not empty, a secret also by its file") {
    const auto s = settings_of({{"DB_HOST", "db"}, {"DB_USER", ""}, {"SECRET_KEY_FILE", "/absent"}});
    CHECK(s.is_set("DB_HOST"));
    CHECK_FALSE(s.is_set("DB_USER"));
    CHECK_FALSE(s.is_set("LOG_LEVEL"));
    CHECK_FALSE(s.is_set("SECRET_KEY"));
    CHECK(s.is_secret_set("SECRET_KEY"));
    CHECK(s.is_secret_set("DB_HOST"));
    CHECK_FALSE(s.is_secret_set("LOG_LEVEL"));
    CHECK(s.shown().empty());
}

TEST_CASE("a variable that is nearly a known one is a mistake that names it") {
    const auto mistakes = settings_of({{"DB_USER_", "x"}, {"SECRET_KYE", "hunter2"}, {"LOGLEVEL", "info"}}).mistakes();
    REQUIRE(mistakes.size() == 3);
    CHECK(mistakes[0] == "DB_USER_ is not a variable of Gatehouse; did you mean DB_USER?");
    CHECK(mistakes[1] == "LOGLEVEL is not a variable of Gatehouse; did you mean LOG_LEVEL?");
    CHECK(mistakes[2] == "SECRET_KYE is not a variable of Gatehouse; did you mean SECRET_KEY?");
}

TEST_CASE("a name of five letters is missed by one letter only, and never by what systems set") {
    const auto mistakes_of = [](std::string name) {
        static constexpr std::array<std::string_view, 1> short_names{"PAGES"};
        return Settings({{std::move(name), "x"}}, short_names).mistakes();
    };
    CHECK(mistakes_of("PAGE") == std::vector<std::string>{"PAGE is not a variable of Gatehouse; did you mean PAGES?"});
    CHECK(mistakes_of("TAGS").empty());
    CHECK(mistakes_of("PAGER").empty());
}

TEST_CASE("any unknown GATEHOUSE_ variable is a mistake, others are not ours to judge") {
    CHECK(settings_of({{"GATEHOUSE_MODE", "x"}}).mistakes() ==
          std::vector<std::string>{"GATEHOUSE_MODE is not a variable of Gatehouse"});
    CHECK(settings_of({{"USER", "u"}, {"HOST", "h"}, {"PORT", "1"}, {"HOME", "/"}, {"PWD", "/"}, {"LANG", "C"}})
              .mistakes()
              .empty());
}

TEST_CASE("variables that Kubernetes puts into every container are left alone") {
    CHECK(settings_of({{"GATEHOUSE_SESSION_SERVICE_HOST", "10.0.0.1"},
                       {"GATEHOUSE_SESSION_SERVICE_PORT_HTTP", "8081"},
                       {"GATEHOUSE_SESSION_PORT", "tcp://10.0.0.1:8081"},
                       {"GATEHOUSE_SESSION_PORT_8081_TCP_ADDR", "10.0.0.1"}})
              .mistakes()
              .empty());
}

TEST_CASE("a .env file is read line by line") {
    const test::TempDir dir;
    const auto path = write_file(dir / "env",
                                 "\xEF\xBB\xBF# comment\r\n"
                                 "\n"
                                 "  GH_TEST_A = a b # comment\n"
                                 "export GH_TEST_B='it''s'\n");
    const auto broken = read_environment(path);
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().code == Errc::invalid_input);
    CHECK(broken.error().detail.starts_with(path + ":3:"));

    const auto env = read_environment(write_file(path,
                                                 "GH_TEST_A=a b # comment\r\n"
                                                 "export GH_TEST_B='a # \\ b' # c\n"
                                                 "GH_TEST_C=\"say \\\"x\\\" \\\\ \\n \\d\"\n"
                                                 "GH_TEST_D=\n"
                                                 "GH_TEST_E=a#b=c\n"));
    REQUIRE(env.has_value());
    CHECK(env->at("GH_TEST_A") == "a b");
    CHECK(env->at("GH_TEST_B") == "a # \\ b");
    CHECK(env->at("GH_TEST_C") == "say \"x\" \\ \n \\d");
    CHECK(env->at("GH_TEST_D").empty());
    CHECK(env->at("GH_TEST_E") == "a#b=c");
}

TEST_CASE("a .env line that cannot be read is named by its number, without its text") {
    const test::TempDir dir;
    for (const auto* line :
         {"SECRET_KEY hunter2", "=hunter2", "1A=hunter2", "SECRET_KEY='hunter2", "SECRET_KEY='a' hunter2"}) {
        const auto env = read_environment(write_file(dir / "env", std::string("A=1\n") + line + "\n"));
        REQUIRE_FALSE(env.has_value());
        CHECK(env.error().detail.find(":2: not a line of the form NAME=VALUE") != std::string::npos);
        CHECK(env.error().detail.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("the environment wins over the .env file, which need not exist") {
    const test::TempDir dir;
    ::setenv("GH_TEST_WINS", "environment", 1);
    const auto env = read_environment(write_file(dir / "env", "GH_TEST_WINS=file\nGH_TEST_ONLY=file\n"));
    REQUIRE(env.has_value());
    CHECK(env->at("GH_TEST_WINS") == "environment");
    CHECK(env->at("GH_TEST_ONLY") == "file");
    const auto none = read_environment(dir / "none");
    REQUIRE(none.has_value());
    CHECK(none->at("GH_TEST_WINS") == "environment");
    ::unsetenv("GH_TEST_WINS");
}

TEST_CASE("an endpoint is a host and port or a socket path, and prints as it was written") {
    for (const auto* text : {"127.0.0.1:8081", "[::1]:8081", ":8081", "localhost:0", "unix:/run/gatehouse.sock"}) {
        const auto endpoint = parse_endpoint(text);
        REQUIRE(endpoint.has_value());
        CHECK(to_string(*endpoint) == text);
    }
    CHECK(parse_endpoint("[::1]:8081")->host == "::1");
    CHECK(parse_endpoint(":8081")->host.empty());
    CHECK(parse_endpoint("unix:/x")->is_unix());
    for (const auto* text :
         {"", "8081", "host", "host:", "host:x", "host:65536", "host:-1", "::1:80", "http://h:80", "unix:", "a b:1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text).has_value());
    }
    CHECK_FALSE(parse_endpoint("unix:/" + std::string(107, 'x')).has_value());
}

}  // namespace gatehouse
