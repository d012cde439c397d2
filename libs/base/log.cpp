#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/json_text.hpp"
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

void append_now(std::string& out) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const auto milliseconds = static_cast<unsigned>((now - second).count());
    out += line_start(second);
    for (const unsigned unit : {100U, 10U, 1U}) out += static_cast<char>('0' + milliseconds / unit % 10);
    out += R"(Z")";
}

struct AppendValue {
    std::string& out;
    void operator()(std::string_view text) const { append_json_string(out, cut_utf8(text, text_bytes)); }
    void operator()(std::int64_t number) const { fmt::format_to(std::back_inserter(out), "{}", number); }
    void operator()(double number) const {
        // JSON knows neither infinity nor NaN.
        if (std::isfinite(number)) {
            fmt::format_to(std::back_inserter(out), "{}", number);
        } else {
            out += "null";
        }
    }
    void operator()(bool yes) const { out += yes ? "true" : "false"; }
};

void append_fields(std::string& out, std::span<const Field> fields) {
    for (const Field& field : fields) {
        const auto* text = std::get_if<std::string_view>(&field.value);
        if (text != nullptr && text->empty()) continue;
        out += ',';
        append_json_string(out, field.name);
        out += ':';
        std::visit(AppendValue{out}, field.value);
    }
}

struct State {
    std::shared_mutex mutex;  // shared: to queue a line; alone: to start and stop
    std::unique_ptr<Writer> writer;
    std::string service = "gatehouse";
    std::atomic<Level> least = Level::info;
    std::atomic<std::uint64_t> dropped_before = 0;  // by writers that are gone, and lines that could not be built
    StandardError direct;
};

// Never destroyed: threads may log while the process ends.
State& state() {
    static auto& the = *new State;
    return the;
}

void write_line(Level level, std::string_view event, std::span<const Field> fields,
                std::span<const Field> more) noexcept {
    State& log = state();
    if (level < log.least.load(std::memory_order_relaxed)) return;
    try {
        std::string line;
        line.reserve(512);
        append_now(line);
        line += R"(,"level":")";
        line += name_of(level);
        line += R"(","event":)";
        append_json_string(line, cut_utf8(event, text_bytes));
        const std::shared_lock lock(log.mutex);
        // Before start() only the caller may know which service this is.
        if (std::ranges::find(fields, "service", &Field::name) == fields.end()) {
            line += R"(,"service":)";
            append_json_string(line, log.service);
        }
        append_fields(line, fields);
        append_fields(line, more);
        line += "}\n";
        if (log.writer) {
            log.writer->queue(line);
        } else {
            log.direct.write(line);
        }
    } catch (...) {
        ++log.dropped_before;  // no memory: the line is lost, and counted
    }
}

}  // namespace

void start(std::string_view service, Level least, std::size_t queue_lines) {
    State& log = state();
    auto writer = std::make_unique<Writer>(queue_lines);
    const std::unique_lock lock(log.mutex);
    log.service = service;
    log.least = least;
    log.writer = std::move(writer);
}

void stop() {
    State& log = state();
    std::unique_ptr<Writer> writer;
    {
        const std::unique_lock lock(log.mutex);
        writer = std::move(log.writer);
    }
    if (!writer) return;
    writer->finish();
    log.dropped_before += writer->dropped();
}

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
        ++state().dropped_before;
    }
}

std::uint64_t dropped() noexcept {
    State& log = state();
    const std::shared_lock lock(log.mutex);
    return log.dropped_before + log.direct.lost() + (log.writer ? log.writer->dropped() : 0);
}

}  // namespace gatehouse::log
