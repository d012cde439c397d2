#include "support/process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <random>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gatehouse::test {
namespace {

[[noreturn]] void throw_errno(const std::string& what, int code = errno) {
    throw std::system_error(code, std::generic_category(), what);
}

// Everything that the child needs is laid out before the fork: after it only async-signal-safe calls are allowed.
class Launch {
public:
    Launch(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment,
           std::vector<int> inherited = {})
        : inherited_(std::move(inherited)) {
        for (const auto& word : argv) argv_.push_back(const_cast<char*>(word.c_str()));
        argv_.push_back(nullptr);
        for (const auto& [name, value] : environment) lines_.push_back(name + "=" + value);
        for (auto& line : lines_) envp_.push_back(line.data());
        envp_.push_back(nullptr);
    }

    // The new process; throws if it cannot be started, a program that does not exist included.
    [[nodiscard]] pid_t start(int in, int out, int err) {
        std::array<int, 2> report{};
        if (::pipe2(report.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
        const pid_t parent = ::getpid();
        const pid_t child = ::fork();
        if (child < 0) throw_errno("fork");
        if (child == 0) become(parent, in, out, err, report[1]);
        ::close(report[1]);
        int failed = 0;
        const auto got = ::read(report[0], &failed, sizeof failed);
        ::close(report[0]);
        if (got == sizeof failed) {
            ::waitpid(child, nullptr, 0);
            throw_errno(std::string("cannot start ") + argv_.front(), failed);
        }
        return child;
    }

private:
    [[noreturn]] void become(pid_t parent, int in, int out, int err, int report) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);  // it died before prctl
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
        constexpr int out_of_the_way = 512;
        report = ::fcntl(report, F_DUPFD_CLOEXEC, out_of_the_way);
        for (int& fd : inherited_) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, out_of_the_way);
        int next = STDERR_FILENO + 1;
        for (const int fd : inherited_) ::dup2(fd, next++);
        ::close_range(static_cast<unsigned>(next), ~0U, CLOSE_RANGE_CLOEXEC);
        if (envp_.size() > 1) {
            ::execvpe(argv_.front(), argv_.data(), envp_.data());
        } else {
            ::execvp(argv_.front(), argv_.data());
        }
        const int code = errno;
        [[maybe_unused]] const auto written = ::write(report, &code, sizeof code);
        ::_exit(127);
    }

    std::vector<char*> argv_;
    std::vector<std::string> lines_;
    std::vector<char*> envp_;
    std::vector<int> inherited_;
};

class Descriptor {
public:
    Descriptor(int fd, const std::string& what) : fd_(fd) {
        if (fd_ < 0) throw_errno(what);
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

    [[nodiscard]] std::string contents() const {
        std::string all(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
        const auto got = ::pread(fd_, all.data(), all.size(), 0);
        all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return all;
    }

private:
    int fd_;
};

int status_of(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

// The letter behind the name in a stat file of /proc: "pid (name) state …".
char state_of(const std::filesystem::path& stat) {
    std::ifstream file(stat);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto name_end = text.rfind(") ");
    return name_end != std::string::npos && name_end + 2 < text.size() ? text[name_end + 2] : '?';
}

// Empty: it still runs.
std::optional<int> reap(pid_t pid, std::chrono::milliseconds limit) {
    int raw = 0;
    const bool ended = eventually([&] { return ::waitpid(pid, &raw, WNOHANG) == pid; }, limit);
    return ended ? std::optional(status_of(raw)) : std::nullopt;
}

int kill_and_reap(pid_t pid) {
    ::kill(pid, SIGKILL);
    int raw = 0;
    while (::waitpid(pid, &raw, 0) < 0 && errno == EINTR) {
    }
    return status_of(raw);
}

}  // namespace

TempDir::TempDir() {
    auto pattern = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp " + pattern);
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Process::Process(std::vector<std::string> argv, std::string output, std::map<std::string, std::string> environment,
                 std::vector<int> inherited)
    : output_(std::move(output)) {
    const Descriptor in(::open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
    const Descriptor out(::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), output_);
    pid_ = Launch(argv, environment, std::move(inherited)).start(in.get(), out.get(), out.get());
}

Process::~Process() { kill(); }

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), output_(std::move(other.output_)) {}

Process& Process::operator=(Process&& other) noexcept {
    if (this != &other) {
        kill();
        pid_ = std::exchange(other.pid_, -1);
        status_ = other.status_;
        output_ = std::move(other.output_);
    }
    return *this;
}

bool Process::running() {
    if (pid_ < 0) return false;
    if (auto status = reap(pid_, std::chrono::milliseconds(0))) {
        status_ = *status;
        pid_ = -1;
    }
    return pid_ >= 0;
}

void Process::signal(int number) {
    if (pid_ >= 0) ::kill(pid_, number);
}

// The signal is sent before the last thread stands still: on a busy machine a query could slip through meanwhile.
void Process::freeze() {
    signal(SIGSTOP);
    const bool still = eventually([&] {
        return std::ranges::all_of(std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task"),
                                   [](const auto& task) { return state_of(task.path() / "stat") == 'T'; });
    });
    if (!still) throw std::runtime_error("process " + std::to_string(pid_) + " does not stand still");
}

void Process::thaw() { signal(SIGCONT); }

int Process::wait(std::chrono::milliseconds limit) {
    if (pid_ >= 0) {
        auto status = reap(pid_, limit);
        if (!status)
            throw std::runtime_error("process " + std::to_string(pid_) + " still runs; it printed:\n" + output());
        status_ = *status;
        pid_ = -1;
    }
    return status_;
}

void Process::kill() {
    if (pid_ < 0) return;
    status_ = kill_and_reap(pid_);
    pid_ = -1;
}

std::string Process::output() const {
    const std::ifstream file(output_, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

Ran run(std::vector<std::string> argv, const std::string& input, std::map<std::string, std::string> environment,
        std::chrono::milliseconds limit) {
    const Descriptor in(::memfd_create("in", MFD_CLOEXEC), "memfd_create");
    const Descriptor out(::memfd_create("out", MFD_CLOEXEC), "memfd_create");
    const Descriptor err(::memfd_create("err", MFD_CLOEXEC), "memfd_create");
    if (::write(in.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size())) throw_errno("write");
    ::lseek(in.get(), 0, SEEK_SET);
    const pid_t child = Launch(argv, environment).start(in.get(), out.get(), err.get());
    const auto status = reap(child, limit);
    if (!status) {
        kill_and_reap(child);
        throw std::runtime_error(argv.front() + " did not end in time; it printed:\n" + out.contents() +
                                 err.contents());
    }
    return {*status, out.contents(), err.contents()};
}

// Below the range from which the system picks ports for outgoing connections (32768 and up), so that none of those
// takes it before the server does.
std::uint16_t free_port() {
    static std::minstd_rand random{std::random_device{}()};  // not the pid: neighbours would pick the same
    std::uniform_int_distribution<int> ports(10000, 32000);
    for (int tries = 0; tries < 100; ++tries) {
        const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(ports(random)));
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
            return ntohs(address.sin_port);
    }
    throw std::runtime_error("no free port between 10000 and 32000");
}

}  // namespace gatehouse::test
