#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/log_line.hpp"
#include "base/log_writer.hpp"

namespace gatehouse::log {
namespace {

constexpr std::size_t text_bytes = 1024;

std::string_view name_of(Level level) noexcept {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
    }
    return "error";
}

// The start of every line of this second: {"ts":"2026-11-22T16:30:00. (RFC 3339, UTC). Made once a second and thread;
// nothing that a thread destroys at its end, as lines may be written later.
std::string_view line_start(std::chrono::sys_seconds second) {
    thread_local std::chrono::sys_seconds made_for{};
    thread_local std::array<char, 40> start{};
    thread_local std::size_t size = 0;
    if (second != made_for || size == 0) {
        const auto day = std::chrono::floor<std::chrono::days>(second);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss time{second - day};
        const auto end = fmt::format_to_n(start.data(), start.size(), R"({{"ts":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.)",
                                          static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                          static_cast<unsigned>(date.day()), time.hours().count(),
                                          time.minutes().count(), time.seconds().count());
        size = end.size;
        made_for = second;
    }
    return {start.data(), size};
}

void put_now(Line& line) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    line.text(line_start(second));
    line.thousandths(static_cast<unsigned>((now - second).count()));
    line.text(R"(Z")");
}

struct PutValue {
    Line& line;
    void operator()(std::string_view text) const { line.json(cut_utf8(text, text_bytes)); }
    void operator()(std::int64_t number) const { line.number(number); }
    void operator()(std::chrono::nanoseconds span) const { line.milliseconds(span); }
    void operator()(bool yes) const { line.text(yes ? "true" : "false"); }
};

void put_fields(Line& line, std::span<const Field> fields) {
    for (const Field& field : fields) {
        const auto* text = std::get_if<std::string_view>(&field.value);
        if (text != nullptr && text->empty()) continue;
        line.key(field.name);
        std::visit(PutValue{line}, field.value);
    }
}

struct State {
    Writer writer;
    StandardError direct;  // while the writer does not run
    std::atomic<Level> least = Level::info;
    std::atomic<std::uint64_t> not_built = 0;  // lines for which there was no memory
    std::mutex starting;                       // guards the next
    std::deque<std::string> service_members{R"(,"service":"gatehouse")"};
    // The last of them, as it stands on every line. Those before it stay: a line may be using them.
    std::atomic<const std::string*> service_member = &service_members.back();
};

// Never destroyed: threads may log while the process ends.
State& state() {
    static auto& the = *new State;
    return the;
}

// Before start() only the caller may know which service this is.
bool names_service(std::span<const Field> fields) noexcept {
    return std::ranges::any_of(fields, [](const Field& field) { return field.name.view() == "service"; });
}

void write_line(Level level, std::string_view event, std::span<const Field> fields,
                std::span<const Field> more) noexcept {
    State& log = state();
    if (level < log.least.load(std::memory_order_relaxed)) return;
    try {
        Line line;
        put_now(line);
        line.text(R"(,"level":")");
        line.text(name_of(level));
        line.text(R"(","event":)");
        line.json(cut_utf8(event, text_bytes));
        if (!names_service(fields)) line.text(*log.service_member.load(std::memory_order_acquire));
        put_fields(line, fields);
        put_fields(line, more);
        line.text("}\n");
        const auto leaves = level >= Level::warn ? Leaves::at_once : Leaves::with_others;
        if (!log.writer.queue(line.view(), leaves)) log.direct.write(line.view());
    } catch (...) {
        ++log.not_built;
    }
}

}  // namespace

void start(std::string_view service, Level least, std::size_t queue_lines) {
    State& log = state();
    const std::lock_guard lock(log.starting);
    std::string& member = log.service_members.emplace_back(R"(,"service":)");
    append_json_string(member, service);
    log.service_member.store(&member, std::memory_order_release);
    log.least = least;
    log.writer.start(queue_lines);
}

void stop() { state().writer.finish(); }

bool writes(Level level) noexcept { return level >= state().least.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) noexcept {
    write_line(level, event, {fields.begin(), fields.size()}, {});
}

void failure(std::string_view event, const Error& error, std::initializer_list<Field> fields) noexcept {
    try {
        const std::string where = place(error.where);
        const std::array more{Field{"error", to_string(error.code)}, Field{"detail", error.detail},
                              Field{"where", where}};
        write_line(Level::error, event, {fields.begin(), fields.size()}, more);
    } catch (...) {
        ++state().not_built;
    }
}

std::uint64_t dropped() noexcept {
    const State& log = state();
    return log.not_built + log.direct.lost() + log.writer.dropped();
}

}  // namespace gatehouse::log
