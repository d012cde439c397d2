#include "crypto/init.hpp"

#include <cstdio>
#include <cstdlib>

#include <sodium.h>

namespace gatehouse::crypto {

void init() {
    if (sodium_init() >= 0) return;
    std::fputs("gatehouse: libsodium cannot start: no source of random numbers (/dev/urandom, getrandom)\n", stderr);
    std::abort();
}

}  // namespace gatehouse::crypto
