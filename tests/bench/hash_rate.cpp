// Verifications per second of the bare password hash at the default cost, on so many threads: the ceiling for sign-ins.
//     hash_rate THREADS SECONDS
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "crypto/init.hpp"
#include "crypto/password.hpp"

using namespace gatehouse;

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: hash_rate THREADS SECONDS\n", stderr), 2;
    crypto::init();
    const auto stored = crypto::hash_password("correct horse 1", {});
    if (!stored) return 1;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
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
    std::printf("%.1f\n", verified.load() / std::atof(argv[2]));
}
