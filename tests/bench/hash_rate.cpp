// The bare password hash on so many threads: the ceiling for sign-ins. Prints verifications per second, and CPU
// microseconds of each.
//     bench_hash_rate THREADS SECONDS MEMORY_KIB PASSES
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "crypto/init.hpp"
#include "crypto/password.hpp"

using namespace gatehouse;

int main(int argc, char** argv) {
    if (argc != 5) return std::fputs("usage: bench_hash_rate THREADS SECONDS MEMORY_KIB PASSES\n", stderr), 2;
    crypto::init();
    crypto::HashCost cost;
    cost.memory_bytes = std::strtoul(argv[3], nullptr, 10) * 1024;
    cost.passes = static_cast<unsigned>(std::atoi(argv[4]));
    const auto stored = crypto::hash_password("correct horse 1", cost);
    if (!stored) return 1;
    const std::clock_t before = std::clock();
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(std::atof(argv[2]));
    std::atomic<int> verified{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::atoi(argv[1]); ++i) {
        threads.emplace_back([&] {
            while (std::chrono::steady_clock::now() < end) {
                if (crypto::verify_password(*stored, "correct horse 1", 12).value_or(false)) ++verified;
            }
        });
    }
    threads.clear();
    const double cpu = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC * 1e6;
    std::printf("%.1f %.1f\n", verified.load() / std::atof(argv[2]), cpu / verified.load());
}
