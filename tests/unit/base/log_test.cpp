#include "base/log.hpp"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/json_text.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"

namespace gatehouse {
namespace {

using test::InsteadOfStderr;
using test::lines_of;
using test::logged;

// The line without its time, which the first test looks at.
std::string without_time(const std::string& line) {
    return std::regex_replace(line, std::regex(R"("ts":"[^"]*",)"), "");
}

}  // namespace

TEST_CASE("a line is a JSON object of ts, level, event, service, then the fields in order") {
    const auto lines = logged(log::Level::info, [] {
        log::info("session.created",
                  {{"user_id", std::int64_t{7}}, {"duration_ms", 1.5}, {"ok", true}, {"path", "/auth/login"}});
    });
    REQUIRE(lines.size() == 1);
    CHECK(std::regex_match(lines[0], std::regex(R"(\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",.*\})")));
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"session.created","service":"tester",)"
                                    R"("user_id":7,"duration_ms":1.5,"ok":true,"path":"/auth/login"})");
}

TEST_CASE("the time of a line is now, in UTC") {
    const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto lines = logged(log::Level::info, [] { log::info("tick"); });
    const auto after = std::chrono::system_clock::now();
    REQUIRE(lines.size() == 1);
    std::tm parts{};
    REQUIRE(::strptime(lines[0].c_str(), R"({"ts":"%Y-%m-%dT%H:%M:%S)", &parts) != nullptr);
    const auto at = std::chrono::system_clock::from_time_t(::timegm(&parts));
    CHECK(at >= before);
    CHECK(at <= after);
}

TEST_CASE("a field without text is left out, and a number that JSON has not is null") {
    const auto lines = logged(log::Level::info, [] {
        log::info("e", {{"reason", ""}, {"ratio", std::numeric_limits<double>::infinity()}, {"nan", std::nan("")}});
    });
    REQUIRE(lines.size() == 1);
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"e","service":"tester","ratio":null,"nan":null})");
}

TEST_CASE("a line feed in a field cannot start a line of its own") {
    const auto lines = logged(log::Level::info, [] { log::info("e", {{"path", "/x\n{\"level\":\"info\"}"}}); });
    REQUIRE(lines.size() == 1);
    CHECK(without_time(lines[0]) ==
          R"({"level":"info","event":"e","service":"tester","path":"/x\n{\"level\":\"info\"}"})");
}

TEST_CASE("a text is cut at 1 KiB, between characters") {
    const std::string text = std::string(1023, 'a') + "\xC3\xA9" + std::string(100, 'b');
    const auto lines = logged(log::Level::info, [&] { log::info("e", {{"text", text}}); });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("\"" + std::string(1023, 'a') + "\"}") != std::string::npos);
}

TEST_CASE("lines below the least level are not written") {
    const auto lines = logged(log::Level::warn, [] {
        log::debug("a");
        log::info("b");
        log::warn("c");
        log::write(log::Level::error, "d");
    });
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find(R"("event":"c")") != std::string::npos);
    CHECK(lines[1].find(R"("event":"d")") != std::string::npos);
}

TEST_CASE("a failure says its code, its detail and where it arose") {
    const Error error{Errc::timeout, "no reply", std::source_location::current()};
    const auto line = std::to_string(error.where.line());
    const auto lines =
        logged(log::Level::info, [&] { log::failure("redis.lost", error, {{"attempt", std::int64_t{3}}}); });
    REQUIRE(lines.size() == 1);
    CHECK(without_time(lines[0]) ==
          R"({"level":"error","event":"redis.lost","service":"tester","attempt":3,"error":"timeout",)"
          R"("detail":"no reply","where":"tests/unit/base/log_test.cpp:)" +
              line + "\"}");
}

TEST_CASE("a failure from another process does not say where it arose") {
    const Error error{Errc::unavailable, "away", {}};
    const auto lines = logged(log::Level::info, [&] { log::failure("request.failed", error); });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("where") == std::string::npos);
    CHECK(describe(error) == "unavailable: away");
}

TEST_CASE("without a writer a line goes straight to standard error") {
    const test::TempDir dir;
    const std::string path = dir / "log";
    const InsteadOfStderr captured(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    log::write(log::Level::error, "config.invalid");
    CHECK(lines_of(path).size() == 1);
}

TEST_CASE("a caller that names the service itself, as before start(), is not contradicted") {
    const auto lines = logged(log::Level::info, [] { log::info("e", {{"service", "other"}}); });
    REQUIRE(lines.size() == 1);
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"e","service":"other"})");
}

TEST_CASE("threads that log at once lose no line and mix none") {
    constexpr int threads = 4;
    constexpr int each = 500;
    const auto lines = logged(log::Level::info, [] {
        std::vector<std::jthread> writers;
        for (int t = 0; t < threads; ++t) {
            writers.emplace_back([] {
                for (int i = 0; i < each; ++i) log::info("e", {{"i", std::int64_t{i}}});
            });
        }
    });
    CHECK(lines.size() == threads * each);
    for (const auto& line : lines) {
        if (!line.starts_with("{\"ts\":") || !line.ends_with("}")) FAIL("mixed line: " << line);
    }
}

TEST_CASE("a reader that stands still makes lines drop, and they are counted; nobody waits") {
    int ends[2] = {};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const auto dropped_before = log::dropped();
    const auto began = std::chrono::steady_clock::now();
    {
        const InsteadOfStderr captured(ends[1]);
        log::start("tester", log::Level::info, 16);
        const std::string text(1000, 'x');
        for (int i = 0; i < 1000; ++i) log::info("flood", {{"text", text}});
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
        log::stop();
    }
    // A pipe holds 64 KiB: about 60 of these lines; stop() gives up on the rest after its patience.
    CHECK(log::dropped() - dropped_before > 900);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    ::close(ends[0]);
}

TEST_CASE("JSON text escapes what it must and replaces what is not UTF-8") {
    const auto json = [](std::string_view text) {
        std::string out;
        append_json_string(out, text);
        return out;
    };
    CHECK(json("") == R"("")");
    CHECK(json("a\"b\\c/d") == R"("a\"b\\c/d")");
    CHECK(json(std::string_view("\0\x1f\x7f\t\r\n", 6)) == R"("\u0000\u001f\u007f\t\r\n")");
    CHECK(json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    const std::string r = "\xEF\xBF\xBD";
    CHECK(json("\xFFx") == "\"" + r + "x\"");
    CHECK(json("\x80") == "\"" + r + "\"");
    CHECK(json("\xC0\xAF") == "\"" + r + r + "\"");                  // overlong
    CHECK(json("\xED\xA0\x80") == "\"" + r + r + r + "\"");          // a surrogate
    CHECK(json("\xE2\x82") == "\"" + r + "\"");                      // cut short at the end
    CHECK(json("\xE2\x82x") == "\"" + r + "x\"");                    // cut short by a letter
    CHECK(json("\xF4\x90\x80\x80") == "\"" + r + r + r + r + "\"");  // over U+10FFFF
}

}  // namespace gatehouse
