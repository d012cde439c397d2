#include "base/crash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <elf.h>
#include <exception>
#include <execinfo.h>
#include <link.h>
#include <memory>
#include <signal.h>
#include <string>
#include <time.h>
#include <typeinfo>
#include <unistd.h>

#include "base/json_text.hpp"
#include "base/log.hpp"

namespace gatehouse {
namespace {

constexpr std::array fatal{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int frames_most = 48;
constexpr std::size_t alternate_stack_bytes = 64 * 1024;

// One loaded file of the process, as it was when the handler was installed.
struct Module {
    std::uintptr_t base;
    std::uintptr_t end;
    char name[64];
};

// Everything that the handler needs, written before it is installed.
struct Prepared {
    char service[48];
    char build_id[64];
    std::array<Module, 64> modules;
    std::size_t module_count;
    std::array<struct sigaction, fatal.size()> before;
};
Prepared prepared{};
std::atomic_flag crashing = ATOMIC_FLAG_INIT;

// A line in a fixed buffer: what does not fit is cut. No allocation, no locale, no stdio.
class Line {
public:
    void text(std::string_view part) noexcept {
        const auto fits = std::min(part.size(), sizeof(bytes_) - used_);
        std::memcpy(bytes_ + used_, part.data(), fits);
        used_ += fits;
    }
    void number(std::uint64_t value, unsigned base, int width = 1) noexcept {
        char digits[20];
        int count = 0;
        for (; value != 0 || count < width; value /= base) digits[count++] = "0123456789abcdef"[value % base];
        while (count > 0) text({&digits[--count], 1});
    }
    void send() noexcept {
        std::size_t sent = 0;
        while (sent < used_) {
            const auto wrote = ::write(STDERR_FILENO, bytes_ + sent, used_ - sent);
            if (wrote <= 0) return;
            sent += static_cast<std::size_t>(wrote);
        }
    }

private:
    char bytes_[8192];
    std::size_t used_ = 0;
};

std::string_view name_of(int signal) noexcept {
    switch (signal) {
        case SIGSEGV:
            return "SIGSEGV";
        case SIGBUS:
            return "SIGBUS";
        case SIGFPE:
            return "SIGFPE";
        case SIGILL:
            return "SIGILL";
        default:
            return "SIGABRT";
    }
}

void append_now(Line& line) noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const auto day = std::chrono::sys_days(std::chrono::days(now.tv_sec / 86400));
    const std::chrono::year_month_day date(day);
    const auto second = static_cast<std::uint64_t>(now.tv_sec % 86400);
    line.number(static_cast<std::uint64_t>(static_cast<int>(date.year())), 10, 4);
    line.text("-"), line.number(static_cast<unsigned>(date.month()), 10, 2);
    line.text("-"), line.number(static_cast<unsigned>(date.day()), 10, 2);
    line.text("T"), line.number(second / 3600, 10, 2);
    line.text(":"), line.number(second / 60 % 60, 10, 2);
    line.text(":"), line.number(second % 60, 10, 2);
    line.text("."), line.number(static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000, 10, 3);
    line.text("Z");
}

void append_frame(Line& line, std::uintptr_t address) noexcept {
    for (std::size_t i = 0; i < prepared.module_count; ++i) {
        const Module& module = prepared.modules[i];
        if (address < module.base || address >= module.end) continue;
        line.text(module.name);
        line.text("+");
        address -= module.base;
        break;
    }
    line.text("0x");
    line.number(address, 16);
}

void on_signal(int signal, siginfo_t* info, void*) noexcept {
    const auto* handler = std::ranges::find(fatal, signal);
    ::sigaction(signal, &prepared.before[static_cast<std::size_t>(handler - fatal.begin())], nullptr);
    if (!crashing.test_and_set()) {
        Line line;
        line.text(R"({"ts":")"), append_now(line);
        line.text(R"(","level":"error","event":"crash","service":")"), line.text(prepared.service);
        line.text(R"(","signal":")"), line.text(name_of(signal));
        line.text(R"(","build_id":")"), line.text(prepared.build_id);
        line.text(R"(","backtrace":[)");
        void* frames[frames_most];
        const int count = ::backtrace(frames, frames_most);
        // The first is this function.
        for (int i = 1; i < count; ++i) {
            line.text(i > 1 ? ",\"" : "\"");
            append_frame(line, reinterpret_cast<std::uintptr_t>(frames[i]));
            line.text("\"");
        }
        line.text("]}\n");
        line.send();
    }
    // A fault of the processor happens again on return and meets what was there before; what was sent must be sent
    // again.
    if (info->si_code <= 0) ::raise(signal);
}

[[noreturn]] void on_terminate() noexcept {
    std::string what = "none";
    if (const auto current = std::current_exception()) {
        if (const std::type_info* type = abi::__cxa_current_exception_type()) {
            int status = 0;
            const std::unique_ptr<char, decltype(&std::free)> name(
                abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
            what = name ? name.get() : type->name();
        }
        try {
            std::rethrow_exception(current);
        } catch (const std::exception& e) {
            what += std::string(": ") + e.what();
        } catch (...) {
            what += ": not a std::exception";
        }
    }
    log::write(log::Level::error, "crash.exception", {{"exception", what}});
    log::stop();
    std::abort();  // its signal writes the backtrace
}

std::string hex_of(const unsigned char* bytes, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "0123456789abcdef"[bytes[i] >> 4];
        text += "0123456789abcdef"[bytes[i] & 15];
    }
    return text;
}

void copy_text(std::string_view text, char* into, std::size_t bytes) {
    const auto length = std::min(text.size(), bytes - 1);
    std::memcpy(into, text.data(), length);
    into[length] = '\0';
}

// The note that the linker's --build-id leaves (elf(5)).
std::string build_id_in(const ElfW(Phdr) & segment, std::uintptr_t base) {
    const auto* at = reinterpret_cast<const unsigned char*>(base + segment.p_vaddr);
    const auto* const end = at + segment.p_memsz;
    const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
    while (at + sizeof(ElfW(Nhdr)) <= end) {
        ElfW(Nhdr) note;
        std::memcpy(&note, at, sizeof note);
        const auto* const name = at + sizeof note;
        const auto* const content = name + padded(note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
            return hex_of(content, note.n_descsz);
        }
        at = content + padded(note.n_descsz);
    }
    return {};
}

int remember_module(dl_phdr_info* info, std::size_t, void*) {
    if (prepared.module_count == prepared.modules.size()) return 1;
    Module& module = prepared.modules[prepared.module_count];
    const bool is_executable = prepared.module_count == 0;
    module.base = info->dlpi_addr;
    for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD) {
            module.end = std::max<std::uintptr_t>(module.end, info->dlpi_addr + segment.p_vaddr + segment.p_memsz);
        }
        if (segment.p_type == PT_NOTE && is_executable && prepared.build_id[0] == '\0') {
            copy_text(build_id_in(segment, info->dlpi_addr), prepared.build_id, sizeof prepared.build_id);
        }
    }
    std::string_view path = is_executable ? std::string_view(::program_invocation_short_name) : info->dlpi_name;
    path.remove_prefix(path.rfind('/') + 1);
    copy_text(path, module.name, sizeof module.name);
    ++prepared.module_count;
    return 0;
}

}  // namespace

void install_crash_handler(std::string_view service) {
    std::string escaped;
    append_json_string(escaped, service);
    copy_text(std::string_view(escaped).substr(1, escaped.size() - 2), prepared.service, sizeof prepared.service);
    ::dl_iterate_phdr(&remember_module, nullptr);

    // The first call loads libgcc, which allocates; later ones do not.
    void* frame = nullptr;
    ::backtrace(&frame, 1);

    // Of its own, so that a stack that overflowed can still be told of (main thread only).
    static std::array<char, alternate_stack_bytes> stack;
    const stack_t alternate{stack.data(), 0, stack.size()};
    ::sigaltstack(&alternate, nullptr);

    struct sigaction action{};
    action.sa_sigaction = &on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &action, &prepared.before[i]);
    std::set_terminate(&on_terminate);
}

}  // namespace gatehouse
