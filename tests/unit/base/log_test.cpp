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

using namespace std::chrono_literals;
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
                  {{"user_id", std::int64_t{7}}, {"duration_ms", 1500us}, {"ok", true}, {"path", "/auth/login"}});
    });
    REQUIRE(lines.size() == 1);
    CHECK(std::regex_match(lines[0], std::regex(R"(\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",.*\})")));
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"session.created","service":"tester",)"
                                    R"("user_id":7,"duration_ms":1.500,"ok":true,"path":"/auth/login"})");
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

TEST_CASE("a field without text is left out") {
    const auto lines = logged(log::Level::info, [] { log::info("e", {{"reason", ""}, {"left", "x"}}); });
    REQUIRE(lines.size() == 1);
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"e","service":"tester","left":"x"})");
}

TEST_CASE("every kind of field is written to its last digit") {
    using Limits = std::numeric_limits<std::int64_t>;
    const auto lines = logged(log::Level::info, [] {
        log::info("numbers", {{"zero", std::int64_t{0}}, {"most", Limits::max()}, {"least", Limits::min()}});
        log::info("flags", {{"yes", true}, {"no", false}});
        log::info("spans", {{"a_ms", 0ns},
                            {"b_ms", 999ns},
                            {"c_ms", 1us},
                            {"d_ms", 12'345'678ns},
                            {"e_ms", 1h},
                            {"f_ms", -500us},
                            {"g_ms", std::chrono::nanoseconds::max()}});
    });
    REQUIRE(lines.size() == 3);
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"numbers","service":"tester","zero":0,)"
                                    R"("most":9223372036854775807,"least":-9223372036854775808})");
    CHECK(without_time(lines[1]) == R"({"level":"info","event":"flags","service":"tester","yes":true,"no":false})");
    CHECK(without_time(lines[2]) == R"({"level":"info","event":"spans","service":"tester","a_ms":0.000,)"
                                    R"("b_ms":0.000,"c_ms":0.001,"d_ms":12.345,"e_ms":3600000.000,)"
                                    R"("f_ms":-0.500,"g_ms":9223372036854.775})");
}

TEST_CASE("a line that is longer than most is whole") {
    const std::string text(1024, 'x');
    const std::string worst(1024, '\x01');
    std::string escaped;
    append_json_string(escaped, worst);
    const auto lines = logged(log::Level::info, [&] {
        log::info("e", {{"a", text}, {"b", worst}, {"c", text}, {"d", worst}, {"e", std::int64_t{5}}, {"f", text}});
    });
    REQUIRE(lines.size() == 1);
    const std::string quoted = "\"" + text + "\"";
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"e","service":"tester","a":)" + quoted +
                                        ",\"b\":" + escaped + ",\"c\":" + quoted + ",\"d\":" + escaped +
                                        ",\"e\":5,\"f\":" + quoted + "}");
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

TEST_CASE("a warning leaves at once, and takes what was logged before it along, in order") {
    int ends[2] = {};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::string came;
    {
        const InsteadOfStderr captured(ends[1]);
        log::start("tester", log::Level::info, 8192);
        log::info("first");
        log::info("second");
        log::warn("third");
        char piece[4096];
        while (came.find("third") == std::string::npos) {
            const auto got = ::read(ends[0], piece, sizeof piece);
            if (got <= 0) break;
            came.append(piece, static_cast<std::size_t>(got));
        }
        log::stop();
    }
    ::close(ends[0]);
    CHECK(came.find("first") < came.find("second"));
    CHECK(came.find("second") < came.find("third"));
    CHECK(came.find("third") != std::string::npos);
}

TEST_CASE("the log starts again after it was stopped, and loses nothing between") {
    const test::TempDir dir;
    const std::string path = dir / "log";
    const InsteadOfStderr captured(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    for (const auto* service : {"one", "two"}) {
        log::start(service, log::Level::info, 8192);
        log::info("queued");
        log::stop();
        log::stop();
        log::info("direct");
    }
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 4);
    CHECK(without_time(lines[0]) == R"({"level":"info","event":"queued","service":"one"})");
    CHECK(without_time(lines[1]) == R"({"level":"info","event":"direct","service":"one"})");
    CHECK(without_time(lines[2]) == R"({"level":"info","event":"queued","service":"two"})");
    CHECK(without_time(lines[3]) == R"({"level":"info","event":"direct","service":"two"})");
}

TEST_CASE("no more lines than the queue holds leave it, and none that it took is lost") {
    const auto dropped_before = log::dropped();
    constexpr std::size_t kLogged = 20000;
    const test::TempDir dir;
    const std::string path = dir / "log";
    {
        const InsteadOfStderr captured(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
        log::start("tester", log::Level::info, 64);
        for (std::size_t i = 0; i < kLogged; ++i) log::info("e", {{"i", static_cast<std::int64_t>(i)}});
        log::stop();
    }
    CHECK(lines_of(path).size() + (log::dropped() - dropped_before) == kLogged);
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

}  // namespace gatehouse
