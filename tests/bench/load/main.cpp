// The benchmark's load generator: one thread, epoll, every answer verified.
//
//     bench_load --target 127.0.0.1:8080|unix:PATH --requests FILE --expected FILE
//                [--connections N] [--seconds S] [--count N] [--rate R] [--hold]
//
// Without --rate a closed loop: each connection sends its next request when the answer is there. With --rate an open
// one: R requests a second arrive at random (Poisson), on whichever connection is free, and latency counts from when a
// request should have been sent. --hold: each connection sends one request and stays open until standard input ends.
// Prints one line of JSON. Exit code 0; 1 something broke; 2 usage; 3 a wrong answer.
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load/generator.hpp"

using namespace gatehouse::bench;

namespace {

std::map<std::string_view, std::string> options(int argc, char** argv) {
    std::map<std::string_view, std::string> found{{"--connections", "1"}};
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--hold") {
            found[name] = "on";
        } else if (name.starts_with("--") && i + 1 < argc) {
            found[name] = argv[++i];
        } else {
            throw std::invalid_argument(std::string(name));
        }
    }
    for (const auto& name : {"--target", "--requests", "--expected"}) {
        if (!found.contains(name)) throw std::invalid_argument(std::string("it needs ") + name);
    }
    return found;
}

Load load_of(const std::map<std::string_view, std::string>& options) {
    Load load;
    load.target = options.at("--target");
    load.connections = std::stoul(options.at("--connections"));
    if (const auto found = options.find("--seconds"); found != options.end()) load.seconds = std::stod(found->second);
    if (const auto found = options.find("--count"); found != options.end()) load.count = std::stoull(found->second);
    if (const auto found = options.find("--rate"); found != options.end()) load.rate = std::stod(found->second);
    return load;
}

void open_as_many_files_as_may_be() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(const Outcome& outcome, double cpu) {
    std::printf(
        "{\"requests\":%llu,\"wrong\":%llu,\"seconds\":%.6f,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
        "\"max_us\":%.1f,\"own_cpu_s\":%.6f}\n",
        static_cast<unsigned long long>(outcome.requests), static_cast<unsigned long long>(outcome.wrong),
        outcome.seconds, outcome.seconds > 0 ? static_cast<double>(outcome.requests) / outcome.seconds : 0.0,
        outcome.latency.microseconds(0.5), outcome.latency.microseconds(0.99), outcome.latency.max_microseconds(), cpu);
    std::fflush(stdout);
}

void wait_for_end_of_input() {
    char ignored = 0;
    while (::read(STDIN_FILENO, &ignored, 1) > 0) {
    }
}

}  // namespace

int main(int argc, char** argv) try {
    const auto given = options(argc, argv);
    const Script script = read_script(given.at("--requests"), given.at("--expected"));
    open_as_many_files_as_may_be();
    ::prctl(PR_SET_TIMERSLACK, 1);  // else an arrival may come 50 us late
    Generator generator(load_of(given), script);
    const double before = cpu_seconds();
    const bool hold = given.contains("--hold");
    const Outcome outcome = hold ? generator.once_each() : generator.run();
    print(outcome, cpu_seconds() - before);
    if (hold) wait_for_end_of_input();
    return outcome.wrong == 0 ? 0 : 3;
} catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "load: wrong usage: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
}
