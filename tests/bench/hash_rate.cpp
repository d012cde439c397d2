// The bare password hash on so many threads: the ceiling for sign-ins. Prints hashes per second, and CPU microseconds
// of each: `plain` as libsodium makes it for anybody, `kept` as we do, with its memory kept from one to the next.
//     bench_hash_rate plain|kept THREADS SECONDS MEMORY_KIB PASSES
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <thread>
#include <vector>

#include <sodium.h>

#include "crypto/init.hpp"
#include "crypto/password.hpp"

using namespace gatehouse;

namespace {

constexpr std::string_view kPassword = "correct horse 1";

bool plain(const crypto::HashCost& cost) {
    const std::array<unsigned char, crypto_pwhash_argon2id_SALTBYTES> salt{};
    std::array<unsigned char, 32> key;
    return crypto_pwhash_argon2id(key.data(), key.size(), kPassword.data(), kPassword.size(), salt.data(), cost.passes,
                                  cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view which = argc == 6 ? argv[1] : "";
    if (which != "plain" && which != "kept") {
        return std::fputs("usage: bench_hash_rate plain|kept THREADS SECONDS MEMORY_KIB PASSES\n", stderr), 2;
    }
    crypto::init();
    crypto::HashCost cost;
    cost.memory_bytes = std::strtoul(argv[4], nullptr, 10) * 1024;
    cost.passes = static_cast<unsigned>(std::atoi(argv[5]));
    const double seconds = std::atof(argv[3]);
    const std::clock_t before = std::clock();
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::atomic<int> made{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
        threads.emplace_back([&] {
            while (std::chrono::steady_clock::now() < end) {
                if (which == "plain" ? plain(cost) : crypto::hash_password(kPassword, cost).has_value()) ++made;
            }
        });
    }
    threads.clear();
    if (made == 0) return std::fputs("bench_hash_rate: no hash was made\n", stderr), 1;
    const double cpu = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC * 1e6;
    std::printf("%.1f %.1f\n", made.load() / seconds, cpu / made.load());
}
