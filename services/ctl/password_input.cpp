#include "ctl/password_input.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <istream>
#include <optional>
#include <poll.h>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace gatehouse::ctl {

namespace {

constexpr std::size_t kMost = 1024;  // the policy's longest password; one byte more shows that it is longer

// Those that would end or stop the process at the prompt.
constexpr std::array<int, 5> kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
volatile std::sig_atomic_t caught_signal = 0;
extern "C" void remember_signal(int number) { caught_signal = number; }

// The process's terminal, whatever standard input and output are.
class Terminal {
public:
    Terminal() : descriptor_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {}
    ~Terminal() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    void write(std::string_view text) const {
        while (!text.empty()) {
            const auto done = ::write(descriptor_, text.data(), text.size());
            if (done <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(done));
        }
    }

    // One line without its newline; empty: end of input, or a signal.
    [[nodiscard]] std::optional<std::string> read_line() const {
        std::string line;
        line.reserve(kMost + 2);  // never grows: no copy is left behind
        for (;;) {
            if (!wait_for_input()) {
                wipe(line);
                return std::nullopt;
            }
            char c = 0;
            const auto got = ::read(descriptor_, &c, 1);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) {
                wipe(line);
                return std::nullopt;
            }
            if (c == '\n') return line;
            if (line.size() <= kMost) line += c;
        }
    }

private:
    // False: a signal came. Signals are blocked (Silence) but for this wait, which lets them in atomically: one that
    // came just before would else be overlooked, and the wait never end.
    [[nodiscard]] bool wait_for_input() const noexcept {
        sigset_t open{};
        ::pthread_sigmask(SIG_BLOCK, nullptr, &open);
        for (const int number : kSignals) sigdelset(&open, number);
        pollfd waiting{descriptor_, POLLIN, 0};
        while (::ppoll(&waiting, 1, nullptr, &open) < 0 && caught_signal == 0 && errno == EINTR) continue;
        return caught_signal == 0;
    }

    int descriptor_;
};

// No echo as long as it lives; a signal that would end the process first gives the echo back.
class Silence {
public:
    explicit Silence(const Terminal& terminal) : terminal_(terminal) {
        caught_signal = 0;
        sigset_t ours{};
        sigemptyset(&ours);
        for (const int number : kSignals) sigaddset(&ours, number);
        ::pthread_sigmask(SIG_BLOCK, &ours, &mask_before_);
        struct sigaction action{};
        action.sa_handler = &remember_signal;
        for (std::size_t n = 0; n < kSignals.size(); ++n) ::sigaction(kSignals[n], &action, &before_[n]);
        if (::tcgetattr(terminal.descriptor(), &settings_) != 0) return;
        termios quiet = settings_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ICANON | ECHONL;
        changed_ = ::tcsetattr(terminal.descriptor(), TCSAFLUSH, &quiet) == 0;
    }
    ~Silence() {
        if (changed_) ::tcsetattr(terminal_.descriptor(), TCSAFLUSH, &settings_);
        for (std::size_t n = 0; n < kSignals.size(); ++n) ::sigaction(kSignals[n], &before_[n], nullptr);
        ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
        if (caught_signal != 0) ::raise(caught_signal);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

    [[nodiscard]] bool holds() const noexcept { return changed_; }

private:
    const Terminal& terminal_;
    sigset_t mask_before_{};
    termios settings_{};
    std::array<struct sigaction, 5> before_{};
    bool changed_ = false;
};

Answer<Secret> checked(std::string&& text) {
    Secret password(std::move(text));
    if (password.empty()) return problem(ExitCode::usage, "the password is empty");
    if (password.view().size() > kMost) return problem(ExitCode::usage, "the password is longer than 1024 bytes");
    return password;
}

Answer<Secret> from_standard_input(std::istream& in) {
    std::string text(kMost + 3, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    text.resize(got);  // shrinks in place
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return checked(std::move(text));
}

Answer<Secret> ask(const Terminal& terminal, std::string_view question) {
    const Silence silence(terminal);
    if (!silence.holds())
        return problem(ExitCode::usage, "the terminal's echo cannot be switched off", "use --password-stdin");
    terminal.write(question);
    auto line = terminal.read_line();
    if (!line) return problem(ExitCode::usage, "no password was typed");
    return checked(std::move(*line));
}

}  // namespace

Answer<Secret> read_password(PasswordFrom from, std::istream& in) {
    if (from == PasswordFrom::standard_input) return from_standard_input(in);
    const Terminal terminal;
    if (!terminal.is_open()) {
        return problem(ExitCode::usage, "there is no terminal to ask for the password", "use --password-stdin");
    }
    auto password = ask(terminal, "Password: ");
    if (!password) return password;
    const auto again = ask(terminal, "The same again: ");
    if (!again) return problem(again.error().exit_code, again.error().message, again.error().fix);
    if (!equal_in_constant_time(password->view(), again->view())) {
        return problem(ExitCode::usage, "the two passwords are different");
    }
    return password;
}

Answer<bool> confirm(std::string_view question) {
    const Terminal terminal;
    if (!terminal.is_open())
        return problem(ExitCode::usage, "there is no terminal to ask for confirmation", "use --yes");
    caught_signal = 0;
    terminal.write(std::string(question) + " [y/N] ");
    const auto line = terminal.read_line();
    return line && (*line == "y" || *line == "Y" || *line == "yes");
}

}  // namespace gatehouse::ctl
