#include "crypto/password.hpp"

#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"

namespace gatehouse::crypto {
namespace {

constexpr HashCost kTiny{.memory_bytes = 8192, .passes = 1};
constexpr int kMaxCost = 12;

struct Vector {
    std::string hash;
    std::string password;
};

// Openwall crypt_blowfish's wrapper.c, jBCrypt's test suite, and Apache's htpasswd for the last.
const Vector kBcrypt[] = {
    {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
    {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
    {"$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
    {"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
    {"$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
    {"$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"},
    {"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", "abc"},
    {"$2y$05$aKYmOXndX2Q6QVVdbBCt3.bjLAjBQ2iVEKZ6Di2wlqG1KPvUL1Ww2",
     "Gr\xc3\xbc\xc3\x9f"
     "e an Zo\xc3\xab"},
};

// Made by the reference implementation's argon2(1).
const Vector kArgon2[] = {
    {"$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$69I7qCjDTsQwhQqFvpQJiqEI0lGQvxC84fXE0Ktxca4",
     "correct horse battery"},
    {"$argon2id$v=19$m=64,t=3,p=1$ZmVkY2JhOTg3NjU0MzIxMA$7X87Yic7J92OAQnG4R1ikA", "p\xc3\xa4ssw\xc3\xb6rd"},
};

TEST_CASE("published bcrypt hashes verify, and only with their password") {
    for (const auto& [hash, password] : kBcrypt) {
        INFO(hash);
        CHECK(verify_password(hash, password, kMaxCost).value());
        CHECK_FALSE(verify_password(hash, password + "x", kMaxCost).value());
        CHECK_FALSE(verify_password(hash, "", kMaxCost).value());
    }
}

TEST_CASE("argon2id hashes of the reference implementation verify, and only with their password") {
    for (const auto& [hash, password] : kArgon2) {
        INFO(hash);
        CHECK(verify_password(hash, password, kMaxCost).value());
        CHECK_FALSE(verify_password(hash, password + "x", kMaxCost).value());
        CHECK_FALSE(verify_password(hash, "", kMaxCost).value());
    }
}

TEST_CASE("a stored hash with any character of its result changed does not verify") {
    for (const Vector& vector : {kBcrypt[0], kArgon2[1]}) {
        const std::size_t result = vector.hash.starts_with("$2") ? 29 : vector.hash.rfind('$') + 1;
        for (std::size_t at = result; at < vector.hash.size(); ++at) {
            std::string other = vector.hash;
            other[at] = other[at] == 'a' ? 'b' : 'a';
            INFO(other);
            CHECK_FALSE(verify_password(other, vector.password, kMaxCost).value());
        }
    }
}

TEST_CASE("the defaults are OWASP's floor for argon2id") {
    CHECK(HashCost{}.memory_bytes == 19456u * 1024u);
    CHECK(HashCost{}.passes == 2);
    const auto hash = hash_password("a password", HashCost{}).value();
    CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(inspect_hash(hash).argon2 == HashCost{});
    CHECK(verify_password(hash, "a password", kMaxCost).value());
}

TEST_CASE("hashing twice gives two hashes that both verify") {
    const auto a = hash_password("same", kTiny).value();
    const auto b = hash_password("same", kTiny).value();
    CHECK(a != b);
    CHECK(verify_password(a, "same", kMaxCost).value());
    CHECK(verify_password(b, "same", kMaxCost).value());
}

TEST_CASE("bcrypt takes no password with a NUL, argon2id takes all of it") {
    const std::string nul("a\0b", 3);
    CHECK(verify_password(kBcrypt[5].hash, "a", kMaxCost).value());
    CHECK_FALSE(verify_password(kBcrypt[5].hash, nul, kMaxCost).value());
    const auto hash = hash_password(nul, kTiny).value();
    CHECK(verify_password(hash, nul, kMaxCost).value());
    CHECK_FALSE(verify_password(hash, "a", kMaxCost).value());
}

TEST_CASE("bcrypt sees the first 72 bytes, of passwords over libxcrypt's 512 too") {
    const std::string hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";  // crypt_blowfish
    const std::string first = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    REQUIRE(first.size() == 72);
    CHECK(verify_password(hash, first, kMaxCost).value());
    CHECK(verify_password(hash, first + "chars after 72 are ignored", kMaxCost).value());
    CHECK(verify_password(hash, first + std::string(952, 'x'), kMaxCost).value());
    CHECK_FALSE(verify_password(hash, first.substr(0, 71), kMaxCost).value());
}

TEST_CASE("a bcrypt cost above the limit is a wrong password at once") {
    CHECK_FALSE(verify_password(kBcrypt[5].hash, "a", 5).value());
    std::string dear = kBcrypt[5].hash;
    dear.replace(4, 2, "31");  // would take weeks
    CHECK_FALSE(verify_password(dear, "a", kMaxCost).value());
}

TEST_CASE("what is no hash of ours is of unknown kind and verifies nothing") {
    const std::string b = kBcrypt[5].hash;
    const std::string a = kArgon2[1].hash;
    auto swap = [](std::string text, std::string_view from, std::string_view to) {
        return text.replace(text.find(from), from.size(), to);
    };
    const std::string garbage[] = {
        "",
        "*0",
        "*",
        "!",
        "a",
        "secret",
        "plaintext password",
        std::string(60, 'x'),
        std::string(500, '$'),
        "$1$salt$qjXMvbEw8oaL.CzflDtaK/",
        "$6$rounds=5000$salt$x",
        "rl.3StKT.4T8M",
        swap(b, "$2a$", "$2x$"),
        swap(b, "$2a$", "$2c$"),
        swap(b, "$2a$", "$2$a"),
        swap(b, "06", "03"),
        swap(b, "06", "32"),
        swap(b, "06", " 6"),
        b.substr(0, 59),
        b + "x",
        b + "\n",
        swap(b, "m0C", "m0:"),
        std::string(b).replace(59, 1, 1, '\0'),
        swap(a, "argon2id", "argon2i"),
        swap(a, "v=19", "v=16"),
        swap(a, "p=1", "p=2"),
        swap(a, "m=64", "m=064"),
        swap(a, "m=64", "m=+64"),
        swap(a, "m=64", "m=-64"),
        swap(a, "m=64", "m="),
        swap(a, "m=64", "m=7"),
        swap(a, "m=64", "m=2097152"),
        swap(a, "m=64", "m=4294967360"),
        swap(a, "t=3", "t=0"),
        swap(a, "t=3", "t=65"),
        swap(a, "ZmVk", "ZmV"),
        swap(a, "$7X87", "$"),
        swap(a, "$7X87Yic7J92OAQnG4R1ikA", "$"),
        a + "=",
        a + "$",
        a + "\n",
        a.substr(0, a.rfind('$')),
    };
    for (const std::string& stored : garbage) {
        INFO(stored);
        CHECK(inspect_hash(stored).kind == HashKind::unknown);
        CHECK_FALSE(verify_password(stored, "a", kMaxCost).value());
        CHECK_FALSE(verify_password(stored, stored, kMaxCost).value());
        CHECK_FALSE(needs_rehash(stored, "a", kTiny));
    }
}

TEST_CASE("a hash's kind and cost are read from its text") {
    CHECK(inspect_hash(kBcrypt[5].hash).kind == HashKind::bcrypt);
    CHECK(inspect_hash(kBcrypt[5].hash).bcrypt_cost == 6);
    CHECK(inspect_hash(kArgon2[1].hash).kind == HashKind::argon2id);
    CHECK(inspect_hash(kArgon2[1].hash).argon2 == HashCost{.memory_bytes = 65536, .passes = 3});
}

TEST_CASE("a hash is made anew when it is bcrypt or of another cost, but not when bcrypt saw a part only") {
    const HashCost same{.memory_bytes = 65536, .passes = 3};
    CHECK_FALSE(needs_rehash(kArgon2[1].hash, "p", same));
    CHECK_FALSE(needs_rehash(kArgon2[1].hash, "p", {.memory_bytes = 65536 + 1000, .passes = 3}));  // counted in KiB
    CHECK(needs_rehash(kArgon2[1].hash, "p", {.memory_bytes = 65536, .passes = 2}));
    CHECK(needs_rehash(kArgon2[1].hash, "p", HashCost{}));
    CHECK(needs_rehash(kBcrypt[0].hash, std::string(72, 'p'), same));
    CHECK_FALSE(needs_rehash(kBcrypt[0].hash, std::string(73, 'p'), same));
}

TEST_CASE("a cost out of bounds is refused, not cut") {
    for (const HashCost& cost :
         {HashCost{.memory_bytes = 8191, .passes = 1}, HashCost{.memory_bytes = 8192, .passes = 0},
          HashCost{.memory_bytes = kMaxArgon2Memory + 1024, .passes = 1},
          HashCost{.memory_bytes = 8192, .passes = kMaxArgon2Passes + 1}}) {
        const auto hash = hash_password("p", cost);
        REQUIRE_FALSE(hash);
        CHECK(hash.error().code == Errc::invalid_input);
    }
}

// The address space that this process has, and a little for the allocator's own needs (a sanitizer's ends the process).
rlim_t nearly_all_taken() {
    constexpr rlim_t spare = 4UL << 20;  // less than any hash needs
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + spare;
}

// In a child whose address space may not grow: libsodium's own verify would answer "wrong password" here.
TEST_CASE("no memory for argon2id is unavailable, not a wrong password") {
    const std::string stored = kArgon2[0].hash;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlim_t most = nearly_all_taken();
        const rlimit none{.rlim_cur = most, .rlim_max = most};
        setrlimit(RLIMIT_AS, &none);
        const auto verified = verify_password(stored, "correct horse battery", kMaxCost);
        const auto hashed = hash_password("correct horse battery", HashCost{});
        const bool good = !verified && verified.error().code == Errc::unavailable && !hashed &&
                          hashed.error().code == Errc::unavailable;
        _exit(good ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace gatehouse::crypto
