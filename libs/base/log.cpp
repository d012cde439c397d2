#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>
#include <poll.h>
#include <shared_mutex>
#include <signal.h>
#include <span>
#include <string>
#include <unistd.h>

#include <climits>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>

#include "base/json_text.hpp"

namespace gatehouse::log {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t text_bytes = 1024;
// How long stop() goes on writing to a standard error that nobody reads.
constexpr auto stop_patience = 1s;

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

// RFC 3339, UTC, milliseconds.
void append_now(std::string& out) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{now - day};
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                   time.minutes().count(), time.seconds().count(), time.subseconds().count());
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

// Standard error, a line at a time. Before it gives up on a reader that stands still it waits until `give_up_at`.
class StandardError final : public spdlog::sinks::sink {
public:
    void log(const spdlog::details::log_msg& message) override {
        write_all({message.payload.data(), message.payload.size()});
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

    void give_up_after(std::chrono::milliseconds wait) {
        give_up_at_ = (std::chrono::steady_clock::now() + wait).time_since_epoch().count();
    }
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    void count_lost() noexcept { ++lost_; }

    void write_all(std::string_view line) noexcept {
        while (!line.empty()) {
            if (!wait_until_writable()) {
                ++lost_;
                return;
            }
            // No more than a pipe takes at once when it says that it is writable: else write() could block for ever.
            const auto sent = ::write(STDERR_FILENO, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
            if (sent < 0 && errno != EINTR && errno != EAGAIN) {
                ++lost_;
                return;
            }
            if (sent > 0) line.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

private:
    [[nodiscard]] bool wait_until_writable() const noexcept {
        while (true) {
            pollfd watched{STDERR_FILENO, POLLOUT, 0};
            if (::poll(&watched, 1, 100) > 0) return true;  // writable, or broken: write() tells
            const auto give_up_at = give_up_at_.load();
            if (give_up_at != 0 && std::chrono::steady_clock::now().time_since_epoch().count() > give_up_at)
                return false;
        }
    }

    std::atomic<std::chrono::steady_clock::rep> give_up_at_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
};

// The queue and its one writer thread.
class Writer {
public:
    explicit Writer(std::size_t queue_lines)
        : pool_(
              std::make_shared<spdlog::details::thread_pool>(std::max<std::size_t>(queue_lines, 1), 1, &block_signals)),
          logger_(std::make_shared<spdlog::async_logger>("gatehouse", sink_, pool_,
                                                         spdlog::async_overflow_policy::overrun_oldest)) {
        logger_->set_level(spdlog::level::trace);
        logger_->set_error_handler([sink = sink_](const std::string&) { sink->count_lost(); });
    }

    // Writes what is queued and joins the thread. Returns dropped(), to the last line.
    std::uint64_t finish() {
        sink_->give_up_after(stop_patience);
        const auto overrun = pool_->overrun_counter();
        logger_.reset();
        pool_.reset();
        return overrun + sink_->lost();
    }

    void queue(const std::string& line) { logger_->log(spdlog::level::info, spdlog::string_view_t(line)); }
    [[nodiscard]] std::uint64_t dropped() const { return pool_->overrun_counter() + sink_->lost(); }

private:
    // The service's own threads take the signals.
    static void block_signals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
    }

    std::shared_ptr<StandardError> sink_ = std::make_shared<StandardError>();
    std::shared_ptr<spdlog::details::thread_pool> pool_;
    std::shared_ptr<spdlog::async_logger> logger_;
};

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
        line += R"({"ts":")";
        append_now(line);
        line += R"(","level":")";
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
            log.direct.write_all(line);
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
    if (writer) log.dropped_before += writer->finish();
}

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
